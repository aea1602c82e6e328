/** What a host asks for, untrusted, and how it is checked. */
@NullMarked
package dev.namespaces.core.request;

import org.jspecify.annotations.NullMarked;
