package dev.namespaces.core;

import dev.namespaces.error.InvalidTextException;

/** Text from clusters and requests, made fit for messages. */
final class Text {

    private Text() {}

    /** Returns the beginning of the text, without control characters. */
    static String shown(String text) {
        return InvalidTextException.shown(text);
    }
}
