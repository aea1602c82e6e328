package dev.namespaces.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Makes text from outside fit for a message, a table or a log: text of an API server, of an object on a cluster, of a
 * request, of a host. The result is one line and has a bounded length. A character that ends a line, that a terminal
 * obeys, that changes the direction of text or that is not visible becomes an escape such as <code>&#92;u202e</code>.
 */
public final class Shown {

    private static final int LONGEST_NAME = 80;
    private static final int LONGEST_SENTENCE = 1_000;
    private static final int MOST_SENTENCES = 100;
    private static final int MOST_NAMES = 20;

    private Shown() {}

    /** Returns at most 80 characters of a name, a key, a value or an id. */
    public static String name(String text) {
        return of(text, LONGEST_NAME);
    }

    /** Returns at most 1,000 characters of a sentence, such as the reason that an API server gives. */
    public static String sentence(String text) {
        return of(text, LONGEST_SENTENCE);
    }

    /** Returns at most 100 sentences, each as {@link #sentence} returns it, and one that counts the others. */
    public static List<String> sentences(Collection<String> texts) {
        List<String> shown = texts.stream()
                .limit(MOST_SENTENCES)
                .map(Shown::sentence)
                .collect(ArrayList::new, List::add, List::addAll);
        if (texts.size() > MOST_SENTENCES) {
            shown.add("and " + (texts.size() - MOST_SENTENCES) + " more");
        }
        return List.copyOf(shown);
    }

    /** Returns text such as {@code [a, b and 7 more]}, with at most 20 entries. */
    public static String list(Collection<?> entries) {
        StringBuilder shown = new StringBuilder("[");
        int left = MOST_NAMES;
        for (Object entry : entries) {
            if (left-- == 0) {
                return shown.append(" and ")
                        .append(entries.size() - MOST_NAMES)
                        .append(" more]")
                        .toString();
            }
            shown.append(shown.length() == 1 ? "" : ", ").append(sentence(String.valueOf(entry)));
        }
        return shown.append(']').toString();
    }

    /** Returns at most about that many characters; the last one may be an escape, which is not cut. */
    public static String of(String text, int limit) {
        StringBuilder shown = new StringBuilder();
        int left = limit;
        int next = 0;
        while (next < text.length() && left > 0) {
            int c = text.codePointAt(next);
            next += Character.charCount(c);
            if (isVisible(c)) {
                shown.appendCodePoint(c);
                left--;
            } else {
                String escape = String.format(c > 0xffff ? "\\U%08x" : "\\u%04x", c);
                shown.append(escape);
                left -= escape.length();
            }
        }
        return next < text.length() ? shown + "…" : shown.toString();
    }

    private static boolean isVisible(int c) {
        return switch (Character.getType(c)) {
            // FORMAT has the marks and overrides of direction, and the tags that repeat ASCII invisibly.
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
