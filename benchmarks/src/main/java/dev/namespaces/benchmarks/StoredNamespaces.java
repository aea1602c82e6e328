package dev.namespaces.benchmarks;

import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import java.util.List;

/** What the benchmarks of stores ask for, of each way to do it. */
public interface StoredNamespaces {

    /** Stores all of them in one transaction. */
    void insert(List<Namespace> namespaces);

    /** Returns the live namespaces of the environment, ordered by name. */
    List<Namespace> findByEnvironment(EnvironmentId environmentId);
}
