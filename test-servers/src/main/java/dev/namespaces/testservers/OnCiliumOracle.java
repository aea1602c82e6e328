package dev.namespaces.testservers;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs a test class or a test method where there is a {@link CiliumOracle}, and skips it elsewhere. */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("oracle")
@ExtendWith(OnCiliumOracle.Condition.class)
public @interface OnCiliumOracle {

    /** Skips tests without an oracle. */
    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return CiliumOracle.missing()
                    .map(part -> ConditionEvaluationResult.disabled(part.toString()))
                    .orElseGet(() -> ConditionEvaluationResult.enabled("The oracle is available"));
        }
    }
}
