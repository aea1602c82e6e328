package dev.namespaces.quickstart;

import dev.namespaces.model.Shown;

/**
 * One thing that is wrong with a file.
 *
 * @param line where, from 1
 * @param path what, such as {@code environments[2].namespaces[0].metadata[team]}; empty for the file as a whole
 * @param message why, as a sentence that follows the path
 */
record Problem(int line, String path, String message) {

    /** As {@code platform.yaml:42: environments[2].name: is missing}, which editors and terminals can follow. */
    String in(String file) {
        return file + ":" + line + ": " + (path.isEmpty() ? "" : Shown.sentence(path) + ": ") + message;
    }
}
