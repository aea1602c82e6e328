/** Plans of adoptions, and reports of what was released. */
@NullMarked
package dev.namespaces.core.adopt;

import org.jspecify.annotations.NullMarked;
