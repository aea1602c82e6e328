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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The value is valid by Kubernetes' own grammar; null is not. */
@Target(FIELD)
@Retention(RUNTIME)
@Constraint(validatedBy = ValidAs.Validator.class)
@interface ValidAs {

    Syntax value();

    String message() default "is not valid";

    Class<?>[] groups() default {};

    Class<? extends Payload>[] payload() default {};

    enum Syntax {
        ID {
            @Override
            Optional<String> problem(Object id) {
                String text = (String) id;
                return text.isEmpty() ? Optional.of("must not be empty") : KubernetesSyntax.labelValueProblem(text);
            }
        },
        NAMESPACE_NAME {
            @Override
            Optional<String> problem(Object name) {
                return KubernetesSyntax.namespaceNameProblem((String) name);
            }
        };

        /** Returns why the value is refused, or empty where it is valid. */
        abstract Optional<String> problem(Object value);
    }

    final class Validator implements ConstraintValidator<ValidAs, @Nullable Object> {

        private Syntax syntax = Syntax.ID;

        @Override
        public void initialize(ValidAs constraint) {
            syntax = constraint.value();
        }

        @Override
        public boolean isValid(@Nullable Object value, ConstraintValidatorContext context) {
            Optional<String> problem = value == null ? Optional.of("must not be null") : syntax.problem(value);
            problem.ifPresent(reason -> {
                context.disableDefaultConstraintViolation();
                // Reasons hold no value from the request, so nothing in them can be taken for a message expression.
                context.buildConstraintViolationWithTemplate(reason).addConstraintViolation();
            });
            return problem.isEmpty();
        }
    }
}
