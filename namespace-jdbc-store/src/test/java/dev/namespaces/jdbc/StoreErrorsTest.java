package dev.namespaces.jdbc;

import static dev.namespaces.jdbc.DeploymentData.applied;
import static dev.namespaces.jdbc.DeploymentData.completion;
import static dev.namespaces.jdbc.DeploymentData.intents;
import static dev.namespaces.jdbc.DeploymentData.target;
import static dev.namespaces.testkit.TestData.NOW;
import static dev.namespaces.testkit.TestData.ORGANIZATION;
import static dev.namespaces.testkit.TestData.PROJECT;
import static dev.namespaces.testkit.TestData.aNamespace;
import static dev.namespaces.testkit.TestData.anEgressPolicy;
import static dev.namespaces.testkit.TestData.anEnvironment;
import static dev.namespaces.testkit.TestData.newEnvironmentId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.zaxxer.hikari.HikariDataSource;
import dev.namespaces.error.ErrorCategory;
import dev.namespaces.error.ErrorContext;
import dev.namespaces.error.NamespaceException;
import dev.namespaces.error.NamespaceNameTakenException;
import dev.namespaces.error.Operation;
import dev.namespaces.error.Retry;
import dev.namespaces.error.StoreException;
import dev.namespaces.model.DeploymentRecord;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.PolicyDialect;
import dev.namespaces.model.ResourceRef;
import dev.namespaces.model.Target;
import dev.namespaces.model.WrittenKeys;
import dev.namespaces.spi.BegunDeployment;
import dev.namespaces.spi.ObjectIntent;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

class StoreErrorsTest {

    private static final String SECRET = "hunter2-do-not-print";

    private final EnvironmentId environment = newEnvironmentId();

    @ParameterizedTest
    @CsvSource({
        "08006, 0, true", // connection failure
        "08001, 0, true", // connection cannot be made
        "40001, 0, true", // serialization failure, deadlock of MariaDB and H2
        "40P01, 0, true", // deadlock of PostgreSQL
        "53300, 0, true", // too many connections
        "57P01, 0, true", // shut down by an administrator
        "57P03, 0, true", // starting up
        "57014, 0, true", // statement timeout
        "55P03, 0, true", // lock not available
        "25006, 0, true", // standby
        "25P03, 0, true", // idle-in-transaction timeout of PostgreSQL
        "25P04, 0, true", // transaction timeout of PostgreSQL
        "26000, 0, true", // prepared statement that a pooler has lost
        "42P05, 0, true", // prepared statement of another client of a pooler
        "0A000, 0, true", // cached plan of PostgreSQL from before a migration
        "HYT00, 50200, true", // lock timeout of H2
        "HY000, 1205, true", // lock wait timeout of MariaDB
        "HY000, 1290, true", // read-only MariaDB
        "HY000, 1020, true", // row newer than a MariaDB transaction's view
        "HY000, 1180, true", // error at a commit of MariaDB
        "42000, 1203, true", // too many connections of a user of MariaDB
        "HY000, 1206, true", // no memory for locks of MariaDB
        "42000, 1226, true", // limit of a user of MariaDB
        "HY000, 1412, true", // table altered since a MariaDB transaction began
        "HY000, 1615, true", // prepared statement too old for MariaDB
        "HY000, 1637, true", // too many transactions of MariaDB
        "HY000, 1836, true", // MariaDB in read-only mode
        "HY000, 4031, true", // disconnected because of inactivity
        "42000, 1064, false", // syntax error of MariaDB
        "42000, 1142, false", // not allowed on MariaDB
        "90098, 90098, true", // closed H2
        "23505, 0, false", // unique constraint
        "23000, 1062, false", // unique constraint of MariaDB
        "23502, 0, false", // not null
        "22001, 0, false", // too long
        "42501, 0, false", // not allowed
        "42P01, 0, false", // no such table
        "28P01, 0, false", // wrong password
        "XX000, 0, false", // internal error
        "HY000, 1, false",
        "'', 0, false",
    })
    void whether_a_retry_makes_sense_follows_from_the_state(String state, int code, boolean retryable) {
        StoreException error = SqlErrors.storeException(
                ErrorContext.of(Operation.FIND), "table", "key", new SQLException("message", state, code));

        assertThat(error.isRetryable()).isEqualTo(retryable);
        assertThat(error.table()).isEqualTo("table");
        assertThat(error.key()).isEqualTo("key");
        assertThat(error.context().operation()).isEqualTo(Operation.FIND);
        assertThat(error).hasMessageContaining(state).hasMessageContaining(String.valueOf(code));
    }

    @ParameterizedTest
    @CsvSource({
        "08001, 0, UNAVAILABLE",
        "40001, 0, UNAVAILABLE",
        "42000, 1226, UNAVAILABLE", // MariaDB: limit of a user
        "42P05, 0, UNAVAILABLE", // PostgreSQL: prepared statement of another client
        "22001, 0, INVALID",
        "23503, 0, REFUSED",
        "44000, 0, REFUSED",
        "28P01, 0, MISCONFIGURED",
        "42501, 0, MISCONFIGURED", // PostgreSQL: insufficient privilege
        "42P01, 0, MISCONFIGURED",
        "3F000, 0, MISCONFIGURED",
        "90079, 0, MISCONFIGURED",
        "HY000, 1049, MISCONFIGURED", // MariaDB: no such database
        "XX000, 0, INTERNAL",
        "'', 0, INTERNAL",
    })
    void the_category_follows_from_the_state(String state, int code, ErrorCategory category) {
        StoreException error = SqlErrors.storeException(
                ErrorContext.of(Operation.FIND), "table", "key", new SQLException("message", state, code));

        assertThat(error.category()).isEqualTo(category);
    }

    @Test
    void an_error_without_a_state_is_retryable_if_its_type_says_so() {
        assertThat(SqlErrors.storeException(
                                ErrorContext.of(Operation.FIND),
                                "table",
                                "key",
                                new SQLTransientConnectionException("pool"))
                        .isRetryable())
                .isTrue();
        assertThat(SqlErrors.storeException(
                                ErrorContext.of(Operation.FIND), "table", "key", new SQLException("message"))
                        .isRetryable())
                .isFalse();
    }

    @Test
    void a_feature_that_the_driver_lacks_is_not_retryable() {
        SQLException missing = new SQLFeatureNotSupportedException("message", "0A000");

        assertThat(SqlErrors.retry(missing)).isEqualTo(Retry.never());
        assertThat(SqlErrors.passesInANewTransaction(missing)).isFalse();
    }

    @Test
    void a_session_with_other_prepared_statements_names_the_setting() {
        StoreException error = SqlErrors.storeException(
                ErrorContext.of(Operation.FIND), "table", "key", new SQLException("message", "26000"));

        assertThat(error).hasMessageContaining("prepareThreshold=0");
    }

    @ParameterizedTest
    @CsvSource({"idle_in_transaction_session_timeout, 25P03", "transaction_timeout, 25P04"})
    void a_transaction_that_the_server_ends_by_a_timeout_is_retryable(String setting, String state) throws Exception {
        TestDatabase database = Server.POSTGRES_18.newDatabase();
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            int session = connection.unwrap(PGConnection.class).getBackendPID();
            statement.execute("SET " + setting + " = 20");
            connection.setAutoCommit(false);
            statement.execute("SELECT 1");
            await().until(() -> database.query("SELECT pid FROM pg_stat_activity WHERE pid = " + session, 1) == null);

            SQLException timeout = catchThrowableOfType(SQLException.class, () -> statement.execute("SELECT 1"));

            assertThat(timeout.getSQLState()).isEqualTo(state);
            assertThat(SqlErrors.retry(timeout)).isEqualTo(Retry.later());
        }
    }

    @Test
    void a_write_is_begun_again_if_its_prepared_statement_is_too_old() {
        TestDatabase migrated = Server.POSTGRES_18.migratedDatabase();
        TestDatabase database =
                TestDatabase.at(migrated.dialect(), migrated.url() + "&prepareThreshold=1&preferQueryMode=extended");
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setDataSource(database.dataSource());
            pool.setMaximumPoolSize(1);
            JdbcEgressPolicyStore policies = JdbcStores.on(pool).egressPolicies();
            policies.save(anEgressPolicy().id("one").version(1).build());
            policies.save(anEgressPolicy().id("one").version(2).build());
            migrated.execute("ALTER TABLE ns_egress_policies ALTER COLUMN version TYPE INTEGER");

            EgressPolicy third =
                    policies.save(anEgressPolicy().id("one").version(3).build());

            assertThat(policies.findByOwners(List.of(third.owner()))).containsExactly(third);
        }
    }

    @Test
    void a_table_altered_since_the_transaction_began_is_retryable() throws Exception {
        TestDatabase database = Server.MARIADB.migratedDatabase();
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            database.execute("ALTER TABLE ns_locks ADD COLUMN of_host INTEGER, ALGORITHM = COPY");

            SQLException altered =
                    catchThrowableOfType(SQLException.class, () -> statement.execute("SELECT * FROM ns_locks"));

            assertThat(altered.getErrorCode()).isEqualTo(1412);
            assertThat(SqlErrors.passesInANewTransaction(altered)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_database_that_cannot_be_reached_is_an_error_worth_a_retry(Server server) {
        TestDatabase database = server.migratedDatabase();
        AtomicInteger refused = new AtomicInteger(-1);
        DataSource dataSource = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (method.getName().equals("getConnection") && target instanceof DataSource && refused.get() >= 0) {
                refused.incrementAndGet();
                throw new SQLException("refused", "08001");
            }
            return proceed.call();
        });
        JdbcStores stores = JdbcStores.on(dataSource);
        refused.set(0);

        StoreException error = catchThrowableOfType(
                StoreException.class, () -> stores.namespaces().findByEnvironments(List.of(environment)));

        assertThat(error.isRetryable()).isTrue();
        assertThat(error.table()).isEqualTo("ns_namespaces");
        assertThat(error.key()).isEqualTo("environment " + environment);
        assertThat(error.context().operation()).isEqualTo(Operation.FIND_NAMESPACES);
        assertThat(error.context().environmentId()).isEqualTo(environment);
        assertThat(error)
                .hasMessage("Cannot find namespaces for environment " + environment
                        + ": the store failed on ns_namespaces at environment " + environment
                        + ": the connection failed (SQLState 08001, code 0)");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.namespaces()
                        .insert(List.of(aNamespace().in(environment).name("a").build())));
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.deployments().begin(target(environment), 0, List.of()));
        assertThat(refused).hasValue(3);
    }

    @ParameterizedTest
    @EnumSource(names = "H2", mode = EnumSource.Mode.EXCLUDE)
    void a_connection_that_the_server_ends_is_an_error_worth_a_retry(Server server) {
        TestDatabase database = server.migratedDatabase();
        DataSource dataSource = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (method.getName().equals("executeBatch")) {
                endAllOtherSessions(database);
            }
            return proceed.call();
        });
        JdbcStores stores = JdbcStores.on(dataSource);

        StoreException error = catchThrowableOfType(
                StoreException.class,
                () -> stores.namespaces()
                        .insert(List.of(
                                aNamespace()
                                        .in(environment)
                                        .name("a")
                                        .annotation("password", SECRET)
                                        .build(),
                                aNamespace().in(environment).name("b").build())));

        assertThat(error.isRetryable()).isTrue();
        assertThat(error.context().operation()).isEqualTo(Operation.INSERT);
        assertThat(printed(error)).doesNotContain(SECRET);
        assertThat(JdbcStores.on(database.dataSource()).namespaces().findByEnvironments(List.of(environment)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_constraint_that_refuses_is_an_error_that_no_retry_mends(Server server) {
        TestDatabase database = server.migratedDatabase();
        // What a host's own constraint may look like.
        database.execute("ALTER TABLE ns_namespaces ADD CONSTRAINT host_rule CHECK (name <> 'refused')");
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Namespace refused = aNamespace()
                .in(environment)
                .name("refused")
                .annotation("password", SECRET)
                .build();

        for (List<Namespace> rows : List.of(
                List.of(refused),
                List.of(aNamespace().in(environment).name("fine").build(), refused))) {
            StoreException error = catchThrowableOfType(
                    StoreException.class, () -> stores.namespaces().insert(rows));

            assertThat(error.isRetryable()).isFalse();
            assertThat(error).hasMessageContaining("constraint");
            assertThat(printed(error)).doesNotContain(SECRET);
        }
        assertThat(stores.namespaces().findByEnvironments(List.of(environment))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void no_error_prints_a_stored_value(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Namespace standing = aNamespace()
                .in(environment)
                .name("shop")
                .annotation("password", SECRET)
                .build();
        stores.namespaces()
                .insert(List.of(
                        standing,
                        aNamespace()
                                .in(environment)
                                .name("web")
                                .annotation("password", SECRET)
                                .build()));

        NamespaceException nameTaken = catchThrowableOfType(
                NamespaceNameTakenException.class,
                () -> stores.namespaces()
                        .insert(List.of(aNamespace()
                                .in(environment)
                                .name("shop")
                                .annotation("password", SECRET)
                                .build())));
        NamespaceException idTaken = catchThrowableOfType(
                StoreException.class,
                () -> stores.namespaces()
                        .insert(List.of(new Namespace(
                                standing.id(),
                                newEnvironmentId(),
                                "other",
                                Map.of(),
                                Map.of("password", SECRET),
                                1,
                                NOW,
                                NOW,
                                null))));
        database.execute("ALTER TABLE ns_namespaces DROP COLUMN version");
        NamespaceException notInserted = catchThrowableOfType(
                StoreException.class,
                () -> stores.namespaces()
                        .insert(List.of(
                                aNamespace()
                                        .in(environment)
                                        .name("one")
                                        .annotation("password", SECRET)
                                        .build(),
                                aNamespace()
                                        .in(environment)
                                        .name("two")
                                        .annotation("password", SECRET)
                                        .build())));
        NamespaceException notFound = catchThrowableOfType(
                StoreException.class, () -> stores.namespaces().findByEnvironments(List.of(environment)));

        for (NamespaceException error : List.of(nameTaken, idTaken, notInserted, notFound)) {
            assertThat(error.isRetryable()).isFalse();
            assertThat(printed(error)).doesNotContain(SECRET);
        }
        assertThat(nameTaken.getCause()).isInstanceOf(SQLException.class);
        assertThat(idTaken).hasMessageContaining(standing.id().value()).hasMessageContaining("id exists already");
    }

    @ParameterizedTest
    @EnumSource
    void a_row_that_was_spoilt_by_hand_is_an_error_and_never_left_out(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Namespace namespace = aNamespace().in(environment).name("shop").build();
        stores.namespaces()
                .insert(List.of(
                        namespace, aNamespace().in(environment).name("web").build()));
        String json = database.dialect() == SqlDialect.H2 ? "JSON " : "";

        for (String spoilt : List.of("{\"a\": 1}", "{\"a\": {}}", "[]", "{\"a\": null}", "\"" + SECRET + "\"")) {
            database.execute("UPDATE ns_namespaces SET annotations = " + json + "'" + spoilt + "' WHERE name = 'shop'");

            StoreException error = catchThrowableOfType(
                    StoreException.class, () -> stores.namespaces().findByEnvironments(List.of(environment)));

            assertThat(error).hasMessageContaining("annotations").hasMessageContaining("JSON object of strings");
            assertThat(error.isRetryable()).isFalse();
            assertThat(printed(error)).doesNotContain(SECRET);
        }
        database.execute("UPDATE ns_namespaces SET annotations = " + json + "'{\"not a key\": \"" + SECRET
                + "\"}' WHERE name = 'shop'");
        StoreException error = catchThrowableOfType(
                StoreException.class, () -> stores.namespaces().findByIds(List.of(namespace.id())));
        assertThat(error).hasMessageContaining("not a valid namespace");
        assertThat(printed(error)).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @EnumSource
    void a_policy_that_is_not_understood_is_an_error_and_never_a_wider_one(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
        String json = database.dialect() == SqlDialect.H2 ? "JSON " : "";

        for (String rules : List.of(
                "{}",
                "\"x\"",
                "[1]",
                "[{\"type\": \"domain\", \"domain\": \"example.com\"}]",
                "[{\"type\": \"domain\", \"ports\": []}]",
                "[{\"type\": \"moon\", \"ports\": []}]",
                "[{\"type\": \"domain\", \"domain\": \"example.com\", \"ports\": [], \"unless\": \"monday\"}]",
                "[{\"type\": \"domain\", \"domain\": 7, \"ports\": []}]",
                "[{\"type\": \"cidr\", \"cidr\": \"10.0.0.1/8\", \"except\": [], \"ports\": []}]",
                "[{\"type\": \"cidr\", \"cidr\": \"10.0.0.0/8\", \"ports\": []}]",
                "[{\"type\": \"namespace\", \"ports\": []}]",
                "[{\"type\": \"namespace\", \"namespaces\": {\"type\": \"by-labels\", \"labels\": {}}, \"ports\": []}]",
                "[{\"type\": \"namespace\", \"namespaces\": {\"type\": \"by-name\", \"name\": \"a\", \"labels\": {\"b\": \"c\"}},"
                        + " \"ports\": []}]",
                "[{\"type\": \"entities\", \"entities\": [], \"ports\": []}]",
                "[{\"type\": \"entities\", \"entities\": [\"MOON\"], \"ports\": []}]",
                "[{\"type\": \"entities\", \"entities\": [\"WORLD\"], \"ports\": [{\"first\": 1, \"last\": 2}]}]",
                "[{\"type\": \"entities\", \"entities\": [\"WORLD\"],"
                        + " \"ports\": [{\"first\": \"1\", \"last\": 2, \"protocol\": \"TCP\"}]}]")) {
            database.execute("UPDATE ns_egress_policies SET egress_mode = 'allow-list', rules = " + json + "'" + rules
                    + "' WHERE id = 'one'");
            assertThatExceptionOfType(StoreException.class)
                    .as(rules)
                    .isThrownBy(() -> stores.egressPolicies().findByOwners(List.of(PROJECT, ORGANIZATION)))
                    .withMessageContaining("row cannot be read");
        }
        for (String mode : List.of("deny-all", "allow-all", "moon")) {
            database.execute("UPDATE ns_egress_policies SET egress_mode = '" + mode + "', rules = " + json
                    + "'[{\"type\": \"domain\", \"domain\": \"example.com\", \"ports\": []}]' WHERE id = 'one'");
            assertThatExceptionOfType(StoreException.class)
                    .as(mode)
                    .isThrownBy(() -> stores.egressPolicies().findByOwners(List.of(PROJECT, ORGANIZATION)))
                    .withMessageContaining("row cannot be read");
        }
    }

    @Test
    void an_unreadable_rule_is_quoted_neither_in_the_message_nor_in_a_cause() {
        TestDatabase database = Server.H2.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());

        for (String rule : List.of(
                "{\"type\": \"cidr\", \"cidr\": \"" + SECRET + "\", \"except\": [], \"ports\": []}",
                "{\"type\": \"domain\", \"domain\": \"-" + SECRET + "!\", \"ports\": []}",
                "{\"type\": \"domain\", \"domain\": \"a.b\", \"ports\": [], \"" + SECRET + "\": 1}",
                "{\"type\": \"namespace\", \"namespaces\": {\"type\": \"by-name\", \"name\": \"" + SECRET
                        + "!\"}, \"ports\": []}",
                "{\"type\": \"namespace\", \"namespaces\": {\"type\": \"by-labels\", \"labels\": {\"a\": \"" + SECRET
                        + "!\"}}, \"ports\": []}",
                "{\"type\": \"entities\", \"entities\": [\"" + SECRET + "\"], \"ports\": []}",
                "{\"type\": \"domain\", \"domain\": \"a.b\","
                        + " \"ports\": [{\"first\": 1, \"last\": 1, \"protocol\": \"" + SECRET + "\"}]}")) {
            database.execute("UPDATE ns_egress_policies SET egress_mode = 'allow-list', rules = JSON '[" + rule
                    + "]' WHERE id = 'one'");

            StoreException error = catchThrowableOfType(
                    StoreException.class, () -> stores.egressPolicies().findByOwners(List.of(PROJECT, ORGANIZATION)));

            assertThat(error).as(rule).hasMessageContaining("a rule of it is not valid");
            assertThat(printed(error)).doesNotContain(SECRET);
        }
    }

    @Test
    void a_stored_rule_with_long_text_is_refused_at_once() {
        TestDatabase database = Server.H2.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        stores.egressPolicies().save(anEgressPolicy().id("one").denyingAll().build());
        database.execute("UPDATE ns_egress_policies SET egress_mode = 'allow-list', rules = JSON '[{\"type\": \"cidr\","
                + " \"cidr\": \"" + ":".repeat(200_000) + "x/8\", \"except\": [], \"ports\": []}]' WHERE id = 'one'");

        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThatExceptionOfType(StoreException.class)
                        .isThrownBy(() -> stores.egressPolicies().findByOwners(List.of(PROJECT, ORGANIZATION)))
                        .withMessageContaining(
                                "a rule of it is not valid: the address range at [0].cidr is not valid"));
    }

    @ParameterizedTest
    @EnumSource
    void an_id_that_was_spoilt_by_hand_is_an_error_of_the_store(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        stores.environments().save(anEnvironment().id(environment.value()).build());
        database.execute("DELETE FROM ns_environment_clusters");
        database.execute("UPDATE ns_environments SET id = 'not valid'");

        StoreException error = catchThrowableOfType(
                StoreException.class, () -> stores.environments().findIds(null, 10));

        assertThat(error).hasMessageContaining("row cannot be read: it has no valid id");
        assertThat(error.category()).isEqualTo(ErrorCategory.INTERNAL);
    }

    @ParameterizedTest
    @EnumSource
    void a_time_that_not_every_database_can_keep_is_refused(Server server) {
        JdbcStores stores = JdbcStores.on(server.migratedDatabase().dataSource());
        Namespace stored = aNamespace().in(environment).build();
        stores.namespaces().insert(List.of(stored));
        BegunDeployment begun =
                stores.deployments().begin(target(environment), 0, List.of()).orElseThrow();
        for (Instant time : List.of(
                Instant.MIN,
                Instant.MAX,
                Instant.parse("0999-12-31T23:59:59Z"),
                Instant.parse("9999-12-31T00:00:00Z"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stores.namespaces()
                            .insert(List.of(new Namespace(
                                    new NamespaceId("a"), environment, "a", Map.of(), Map.of(), 1, time, NOW, null))));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stores.namespaces().update(List.of(stored.deleted(time))));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stores.egressPolicies()
                            .save(anEgressPolicy().deletedAt(time).build()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stores.deployments()
                            .complete(begun, new DeploymentRecord.Completion("f", "f", 1, PolicyDialect.CILIUM, time)));
        }
        assertThat(stores.namespaces().findByEnvironments(List.of(environment))).containsExactly(stored);
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .noneMatch(DeploymentRecord::isComplete);
    }

    @ParameterizedTest
    @EnumSource
    void a_target_object_that_was_spoilt_by_hand_is_an_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        Target target = target(environment);
        BegunDeployment begun =
                stores.deployments().begin(target, 0, intents(1)).orElseThrow();
        stores.deployments().settle(begun, applied(begun, "f"));
        String json = database.dialect() == SqlDialect.H2 ? "JSON " : "";

        for (String spoilt : List.of(
                "label_keys = " + json + "'[]'",
                "label_keys = " + json + "'{\"a\": 1}'",
                "annotation_keys = " + json + "'\"" + SECRET + "\"'",
                "origin = 'moon'",
                "origin = NULL",
                "namespace_id = 'not valid'")) {
            database.execute("UPDATE ns_target_objects SET " + spoilt);
            for (ThrowingCallable read : List.<ThrowingCallable>of(
                    () -> stores.targetObjects().findByNamespaces(target, List.of("n-0")),
                    () -> stores.targetObjects().findPage(target, null, 1),
                    () -> stores.deployments().begin(target, 1, intents(1)),
                    () -> stores.targetObjects().release(target, List.of("n-0")))) {
                assertThatExceptionOfType(StoreException.class)
                        .as(spoilt)
                        .isThrownBy(read)
                        .withMessageContaining("row cannot be read")
                        .satisfies(error -> assertThat(printed(error)).doesNotContain(SECRET));
            }
        }
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.targetObjects().findByUids(target.clusterId(), List.of("uid-0")))
                .withMessageContaining("row cannot be read");
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .extracting(DeploymentRecord::revision)
                .containsExactly(1L);
    }

    @ParameterizedTest
    @EnumSource
    void a_deployment_record_that_was_spoilt_by_hand_is_an_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        BegunDeployment begun =
                stores.deployments().begin(target(environment), 0, List.of()).orElseThrow();

        for (String spoilt : List.of(
                "dialect = 'moon'",
                "dialect = NULL",
                "rendered_fingerprint = NULL",
                "rendering_generation = NULL",
                "deployed_at = NULL",
                "plan_serial = -1")) {
            stores.deployments().complete(begun, completion("f"));
            database.execute("UPDATE ns_deployments SET " + spoilt);

            assertThatExceptionOfType(StoreException.class)
                    .as(spoilt)
                    .isThrownBy(() -> stores.deployments().findByEnvironments(List.of(environment)))
                    .withMessageContaining("row cannot be read");
        }
    }

    @ParameterizedTest
    @EnumSource
    void writes_of_deployments_that_lose_a_conflict_are_tried_again(Server server) {
        TestDatabase database = server.migratedDatabase();
        AtomicInteger conflicts = new AtomicInteger();
        DataSource losing = Probe.intercept(database.dataSource(), (target, method, arguments, proceed) -> {
            if (target instanceof PreparedStatement
                    && method.getName().startsWith("execute")
                    && conflicts.getAndDecrement() > 0) {
                throw new SQLException("deadlock", "40001");
            }
            return proceed.call();
        });
        JdbcStores stores = JdbcStores.on(losing);
        Target target = target(environment);
        Target other = target(newEnvironmentId());

        conflicts.set(9);
        BegunDeployment begun =
                stores.deployments().begin(target, 0, intents(1)).orElseThrow();
        for (Runnable write : List.<Runnable>of(
                () -> stores.deployments().settle(begun, applied(begun, "f")),
                () -> stores.deployments().complete(begun, completion("f")),
                () -> stores.deployments().forget(target),
                () -> stores.deployments().consume(Map.of(target, 0L, other, 0L)),
                () -> stores.targetObjects().recordEnsured(target.clusterId(), "shop", "uid"),
                () -> stores.targetObjects().release(target, List.of("n-0")),
                () -> stores.targetObjects().move(target, other, "n-0", new NamespaceId("a")))) {
            conflicts.set(9);
            write.run();
        }
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .containsExactly(new DeploymentRecord(target, 4, 3, null));

        conflicts.set(10);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> stores.deployments().begin(target, 4, intents(1)))
                .satisfies(error -> assertThat(error.isRetryable()).isTrue());
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .extracting(DeploymentRecord::revision)
                .containsExactly(4L);
    }

    @ParameterizedTest
    @EnumSource
    void values_that_an_adoption_overwrote_are_in_no_error(Server server) {
        TestDatabase database = server.migratedDatabase();
        JdbcStores stores = JdbcStores.on(database.dataSource());
        ResourceRef tooLong = new ResourceRef("x".repeat(200) + "/v1", "Kind", "shop", "one");
        WrittenKeys overwritten = new WrittenKeys(new TreeMap<>(), new TreeMap<>(Map.of("password", SECRET)));

        StoreException error = catchThrowableOfType(
                StoreException.class,
                () -> stores.deployments()
                        .begin(
                                target(environment),
                                0,
                                List.of(new ObjectIntent(tooLong, new NamespaceId("a"), overwritten, false))));

        assertThat(error.category()).isEqualTo(ErrorCategory.INVALID);
        assertThat(error.isRetryable()).isFalse();
        assertThat(printed(error)).doesNotContain(SECRET);
        assertThat(stores.deployments().findByEnvironments(List.of(environment)))
                .isEmpty();
    }

    private static void endAllOtherSessions(TestDatabase database) throws SQLException {
        String sessions = database.dialect() == SqlDialect.POSTGRESQL
                ? "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                : "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()";
        try (Connection connection = database.dataSource().getConnection();
                var list = connection.createStatement();
                var end = connection.createStatement();
                var result = list.executeQuery(sessions)) {
            while (result.next()) {
                end.execute(
                        database.dialect() == SqlDialect.POSTGRESQL
                                ? "SELECT pg_terminate_backend(" + result.getInt(1) + ")"
                                : "KILL CONNECTION " + result.getInt(1));
            }
        }
    }

    private static String printed(Throwable error) {
        StringWriter text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
