package dev.namespaces.fabric8;

/** An answer was longer than its request allows, and was not read to its end. */
final class AnswerTooLongException extends Exception {

    private static final long serialVersionUID = 1L;

    AnswerTooLongException(int longest) {
        super("the answer is longer than " + longest + " bytes");
    }
}
