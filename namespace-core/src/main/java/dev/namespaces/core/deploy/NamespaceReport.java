package dev.namespaces.core.deploy;

import dev.namespaces.egress.PolicyResolution;
import dev.namespaces.model.Namespace;
import java.io.Serializable;
import java.time.Duration;

/**
 * The result of one namespace on one cluster.
 *
 * @param namespace the namespace
 * @param policy where its egress policy comes from
 * @param outcome what became of it
 * @param elapsed how long it took; zero where nothing was done
 */
public record NamespaceReport(Namespace namespace, PolicyResolution policy, NamespaceOutcome outcome, Duration elapsed)
        implements Serializable {}
