package com.example.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.jackson.NamespacesJson;
import org.junit.jupiter.api.Test;

/** The form of a failure whose class a host has written, in a package of its own. */
class HostFailureTest {

    @Test
    void a_failure_of_a_host_has_its_facts_and_nothing_of_throwable() {
        assertThat(NamespacesJson.write(new OutOfQuota())).endsWith("\"facts\":{\"most\":3}}");
    }

    static final class OutOfQuota extends NamespaceException {

        OutOfQuota() {
            super(
                    ErrorContext.of(Operation.CREATE),
                    ErrorCategory.REFUSED,
                    "the quota is used up",
                    Retry.never(),
                    null);
        }

        public int most() {
            return 3;
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }
}
