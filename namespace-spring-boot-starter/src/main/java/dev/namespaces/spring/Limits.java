package dev.namespaces.spring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Compares limits of different builders, none of which sees the others. A limit that a bean or a customizer of the host
 * may have set is not known, and is not compared.
 */
final class Limits {

    static final Duration GATEWAY_CALL_LIMIT = Duration.ofMinutes(2);
    static final Duration LATE_WRITE_LIMIT = Duration.ofMinutes(10);
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(30);
    static final Duration LEASE = Duration.ofSeconds(30);

    private final NamespacesProperties properties;
    private final ListableBeanFactory beans;

    Limits(NamespacesProperties properties, ListableBeanFactory beans) {
        this.properties = properties;
        this.beans = beans;
    }

    /** @throws InvalidConfigurationPropertyValueException if a limit is not longer than those that it must outlast */
    void check() {
        if (isCustomized(NamespaceLifecycleCustomizer.class)) {
            return;
        }
        NamespacesProperties.Lifecycle lifecycle = properties.lifecycle();
        Limit callLimit =
                new Limit("namespaces.lifecycle.gateway-call-limit", lifecycle.gatewayCallLimit(), GATEWAY_CALL_LIMIT);
        Limit lateWriteLimit =
                new Limit("namespaces.lifecycle.late-write-limit", lifecycle.lateWriteLimit(), LATE_WRITE_LIMIT);
        List<Contradiction> contradictions = Stream.of(
                        new Contradiction(callLimit, callTimeout().stream().toList()),
                        new Contradiction(
                                lateWriteLimit,
                                Stream.concat(callTimeout().stream(), lease().stream())
                                        .toList()))
                .filter(Contradiction::exists)
                .toList();
        if (!contradictions.isEmpty()) {
            throw refusal(contradictions);
        }
    }

    private Optional<Limit> callTimeout() {
        return isDecidedByProperties(NamespacesGatewayAutoConfiguration.class, ClusterGatewayCustomizer.class)
                ? Optional.of(new Limit(
                        "namespaces.gateway.call-timeout", properties.gateway().callTimeout(), CALL_TIMEOUT))
                : Optional.empty();
    }

    private Optional<Limit> lease() {
        return isDecidedByProperties(NamespacesJdbcAutoConfiguration.OwnStores.class, JdbcStoresCustomizer.class)
                ? Optional.of(
                        new Limit("namespaces.jdbc.lease", properties.jdbc().lease(), LEASE))
                : Optional.empty();
    }

    /** @param configuration exists only if the host does not bring the bean that it declares */
    private boolean isDecidedByProperties(Class<?> configuration, Class<?> customizer) {
        return beans.getBeanNamesForType(configuration).length > 0 && !isCustomized(customizer);
    }

    private boolean isCustomized(Class<?> customizer) {
        return BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, customizer).length > 0;
    }

    // Boot shows where a property is set, so the failure is about one that is set. Defaults do not contradict.
    private static InvalidConfigurationPropertyValueException refusal(List<Contradiction> contradictions) {
        Limit blamed = contradictions.stream()
                .flatMap(each -> each.limits().stream())
                .filter(limit -> limit.set() != null)
                .findFirst()
                .orElseThrow();
        return new InvalidConfigurationPropertyValueException(
                blamed.property(),
                blamed.set(),
                contradictions.stream().map(Contradiction::toString).collect(Collectors.joining("; ")));
    }

    private record Limit(String property, @Nullable Duration set, Duration byDefault) {

        Duration value() {
            return set == null ? byDefault : set;
        }

        @Override
        public String toString() {
            return property + " (" + value() + (set == null ? ", the default)" : ")");
        }
    }

    private record Contradiction(Limit limit, List<Limit> outlasted) {

        boolean exists() {
            Duration sum = outlasted.stream().map(Limit::value).reduce(Duration.ZERO, Duration::plus);
            return limit.value().compareTo(sum) <= 0;
        }

        List<Limit> limits() {
            List<Limit> all = new ArrayList<>(outlasted);
            all.add(0, limit);
            return all;
        }

        @Override
        public String toString() {
            return limit + " must be longer than "
                    + outlasted.stream().map(Limit::toString).collect(Collectors.joining(" and "))
                    + (outlasted.size() > 1 ? " together" : "");
        }
    }
}
