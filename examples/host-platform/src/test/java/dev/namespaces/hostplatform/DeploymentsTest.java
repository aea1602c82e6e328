package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.deploy.DeployOptions;
import dev.namespaces.model.EnvironmentId;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class DeploymentsTest {

    @Test
    void a_deployment_with_an_unexpected_failure_has_ended_and_says_so() {
        EnvironmentId id = new EnvironmentId("shop-dev");
        Deployments deployments = new Deployments(
                new StaticListableBeanFactory().getBeanProvider(NamespaceLifecycle.class), Runnable::run);

        deployments.start(id, DeployOptions.defaults());

        Deployments.Progress progress = deployments.latest(id);
        assertThat(progress.isRunning()).isFalse();
        assertThat(progress.ends())
                .singleElement()
                .satisfies(end -> assertThat(end.failure()).isEqualTo("The platform failed. Its log says why."));
    }

    @Test
    void a_deployment_that_the_executor_rejects_has_ended_and_says_so() {
        EnvironmentId id = new EnvironmentId("shop-dev");
        Deployments deployments =
                new Deployments(new StaticListableBeanFactory().getBeanProvider(NamespaceLifecycle.class), task -> {
                    throw new RejectedExecutionException();
                });

        deployments.start(id, DeployOptions.defaults());

        Deployments.Progress progress = deployments.latest(id);
        assertThat(progress.isRunning()).isFalse();
        assertThat(progress.ends())
                .singleElement()
                .satisfies(end -> assertThat(end.failure()).contains("Try again later"));
    }
}
