/** The library's main job as a program: a platform file in, deployed namespaces out. */
@NullMarked
package dev.namespaces.quickstart;

import org.jspecify.annotations.NullMarked;
