package dev.namespaces.spring;

import dev.namespaces.fabric8.ClientFactory;
import dev.namespaces.fabric8.Fabric8ClusterGateway;
import dev.namespaces.model.ClusterId;
import dev.namespaces.spi.ClusterGateway;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The gateway to the clusters under {@code namespaces.clusters}. It connects to a cluster at the first call. */
@AutoConfiguration
@ConditionalOnMissingBean(ClusterGateway.class)
@EnableConfigurationProperties(NamespacesProperties.class)
public class NamespacesGatewayAutoConfiguration {

    @Bean
    Fabric8ClusterGateway namespacesClusterGateway(
            NamespacesProperties properties,
            BeanFactory beans,
            ObjectProvider<ClusterGatewayCustomizer> customizers,
            ObjectProvider<Instrumentation> instrumentation) {
        Fabric8ClusterGateway.Builder builder = Fabric8ClusterGateway.builder();
        NamespacesProperties.set(
                "namespaces.gateway.call-timeout", properties.gateway().callTimeout(), builder::callTimeout);
        Map<ClusterId, Supplier<KubernetesClient>> created = new HashMap<>();
        properties.clusters().forEach((name, cluster) -> {
            String property = "namespaces.clusters." + name;
            ClusterId id = ClusterIds.of(property, name);
            ClusterClients clients = new ClusterClients(id, property, cluster);
            String bean = clients.bean();
            if (bean == null) {
                created.put(id, clients.supplier());
            } else {
                builder.client(id, clients.bean(beans, bean));
            }
        });
        builder.clients(ClientFactory.of(created));
        instrumentation.ifAvailable(measuring -> measuring.prepare(builder));
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder.build();
    }
}
