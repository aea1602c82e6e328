package dev.namespaces.error;

/** Makes text that came from outside fit for a message. */
final class Shown {

    private Shown() {}

    /** Returns at most that many characters of the text, control characters and unpaired surrogates escaped. */
    static String of(String text, int limit) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(limit).forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) > limit ? shown + "…" : shown.toString();
    }
}
