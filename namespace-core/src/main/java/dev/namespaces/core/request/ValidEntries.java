package dev.namespaces.core.request;

import static java.lang.annotation.ElementType.FIELD;
import static java.lang.annotation.RetentionPolicy.RUNTIME;

import dev.namespaces.model.KubernetesSyntax;
import jakarta.validation.Constraint;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.Payload;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The entries are valid by Kubernetes' own grammar and within our bounds. One constraint checks the whole map, because
 * the validator's time for each violation grows with the size of the request.
 */
@Target(FIELD)
@Retention(RUNTIME)
@Constraint(validatedBy = ValidEntries.Validator.class)
@interface ValidEntries {

    Kind value();

    String message() default "is not valid";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    enum Kind {
        /**
         * Kubernetes has no limit for all labels of an object. Each key exists twice more in the object's managed
         * fields, and network plugins copy the labels of a namespace to each of its pods. 64 KiB leave room for both in
         * the 1.5 MiB that etcd takes.
         */
        LABELS(64 * 1024) {
            @Override
            Optional<String> keyProblem(String key) {
                return KubernetesSyntax.labelKeyProblem(key);
            }

            @Override
            Optional<String> textProblem(String value) {
                return KubernetesSyntax.labelValueProblem(value);
            }
        },

        /** Kubernetes' own limit, less 1 KiB for the annotations that this library sets. */
        ANNOTATIONS(KubernetesSyntax.MAX_ANNOTATIONS_BYTES - 1024) {
            @Override
            Optional<String> keyProblem(String key) {
                return KubernetesSyntax.annotationKeyProblem(key);
            }

            @Override
            Optional<String> textProblem(String value) {
                return KubernetesSyntax.annotationValueProblem(value);
            }
        };

        private final int maxBytes;

        Kind(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        abstract Optional<String> keyProblem(String key);

        abstract Optional<String> textProblem(String value);

        private void check(Entries entries, FirstProblems problems) {
            if (entries.problem() != null) {
                problems.add(entries.problem());
            }
            long bytes = KubernetesSyntax.bytes(entries.texts());
            if (bytes > maxBytes) {
                problems.add("must have at most " + maxBytes + " bytes in all, has " + bytes);
            }
            entries.forEach((key, value) -> {
                if (key == null) {
                    problems.add(null, "has a key that must not be null");
                } else {
                    keyProblem(key).ifPresent(problem -> problems.add(key, "has a key that " + problem));
                }
                valueProblem(value).ifPresent(problem -> problems.add(key, problem));
            });
        }

        private Optional<String> valueProblem(@Nullable Object value) {
            if (value instanceof Scalars.Unreadable unreadable) {
                return Optional.of(unreadable.problem());
            }
            return value == null ? Optional.of("must not be null") : textProblem((String) value);
        }
    }

    final class Validator implements ConstraintValidator<ValidEntries, Map<?, ?>> {

        private Kind kind = Kind.LABELS;

        @Override
        public void initialize(ValidEntries constraint) {
            kind = constraint.value();
        }

        @Override
        public boolean isValid(Map<?, ?> entries, ConstraintValidatorContext context) {
            context.disableDefaultConstraintViolation();
            FirstProblems problems = new FirstProblems();
            kind.check((Entries) entries, problems);
            // The words quote nothing of the request, so no part of them can be taken for a message expression.
            problems.report(
                    words -> context.buildConstraintViolationWithTemplate(words).addConstraintViolation(),
                    (key, words) -> context.buildConstraintViolationWithTemplate(words)
                            .addContainerElementNode("<map value>", Map.class, 1)
                            .inIterable()
                            .atKey(key)
                            .addConstraintViolation());
            return problems.isEmpty();
        }
    }
}
