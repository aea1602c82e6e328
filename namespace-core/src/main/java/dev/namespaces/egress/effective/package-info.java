/** What an egress policy allows, read from a mode or from a manifest, and how two of them differ. */
@NullMarked
package dev.namespaces.egress.effective;

import org.jspecify.annotations.NullMarked;
