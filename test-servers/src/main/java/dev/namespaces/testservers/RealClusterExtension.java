package dev.namespaces.testservers;

import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Does what {@link OnRealCluster} says. */
final class RealClusterExtension
        implements ExecutionCondition,
                BeforeAllCallback,
                AfterAllCallback,
                BeforeEachCallback,
                AfterEachCallback,
                ParameterResolver {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return annotation(context)
                .flatMap(RealClusterExtension::missing)
                .map(part -> ConditionEvaluationResult.disabled(part.toString()))
                .orElseGet(() -> ConditionEvaluationResult.enabled("Every part is available"));
    }

    private static Optional<MissingPart> missing(OnRealCluster needs) {
        return KubeApiServer.missing()
                .or(() -> needs.cilium() ? KubeApiServer.started().missingCilium() : Optional.empty())
                .or(() -> needs.kubectl() ? KubeApiServer.started().missingKubectl() : Optional.empty())
                .or(() -> needs.namespaceController()
                        ? KubeApiServer.started().missingNamespaceController()
                        : Optional.empty());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        begin(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        begin(context);
    }

    private static void begin(ExtensionContext context) {
        KubeApiServer.started().begin();
        if (annotation(context).map(OnRealCluster::cilium).orElse(false)) {
            KubeApiServer.started().installCilium();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        KubeApiServer.started().end();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        KubeApiServer.started().end();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == KubeApiServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return KubeApiServer.started();
    }

    private static Optional<OnRealCluster> annotation(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), OnRealCluster.class);
    }
}
