/** Plans, options and reports of deletions. */
@NullMarked
package dev.namespaces.core.delete;

import org.jspecify.annotations.NullMarked;
