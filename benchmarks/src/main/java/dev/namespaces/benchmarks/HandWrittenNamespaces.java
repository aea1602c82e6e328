package dev.namespaces.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.namespaces.jdbc.SqlDialect;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.Namespace;
import dev.namespaces.model.NamespaceId;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The limit: plain JDBC and a streaming JSON parser, for these two statements and nothing else. */
final class HandWrittenNamespaces implements StoredNamespaces {

    private static final int ROWS_PER_BATCH = 1_000;
    private static final JsonFactory JSON = new JsonFactory();

    private final DataSource dataSource;
    private final String insert;

    HandWrittenNamespaces(DataSource dataSource, SqlDialect dialect) {
        this.dataSource = dataSource;
        String json = dialect == SqlDialect.H2 ? "? FORMAT JSON" : "CAST(? AS JSONB)";
        this.insert = "INSERT INTO ns_namespaces (id, environment_id, name, metadata, annotations, version, created_at,"
                + " updated_at, deleted_at) VALUES (?, ?, ?, " + json + ", " + json + ", ?, ?, ?, ?)";
    }

    @Override
    public void insert(List<Namespace> namespaces) {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(insert)) {
                int rows = 0;
                for (Namespace row : namespaces) {
                    statement.setString(1, row.id().value());
                    statement.setString(2, row.environmentId().value());
                    statement.setString(3, row.name());
                    statement.setString(4, write(row.metadata()));
                    statement.setString(5, write(row.annotations()));
                    statement.setLong(6, row.version());
                    statement.setObject(7, row.createdAt().atOffset(ZoneOffset.UTC));
                    statement.setObject(8, row.updatedAt().atOffset(ZoneOffset.UTC));
                    statement.setNull(9, Types.TIMESTAMP_WITH_TIMEZONE);
                    statement.addBatch();
                    if (++rows % ROWS_PER_BATCH == 0) {
                        statement.executeBatch();
                    }
                }
                statement.executeBatch();
            }
            connection.commit();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<Namespace> findByEnvironment(EnvironmentId environmentId) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT id, environment_id, name, metadata, annotations, version, created_at, updated_at,"
                                + " deleted_at FROM ns_namespaces WHERE environment_id = ? AND live_name IS NOT NULL"
                                + " ORDER BY live_name")) {
            statement.setString(1, environmentId.value());
            List<Namespace> found = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new Namespace(
                            new NamespaceId(row.getString(1)),
                            new EnvironmentId(row.getString(2)),
                            row.getString(3),
                            read(row.getString(4)),
                            read(row.getString(5)),
                            row.getLong(6),
                            row.getObject(7, OffsetDateTime.class).toInstant(),
                            row.getObject(8, OffsetDateTime.class).toInstant(),
                            instant(row.getObject(9, OffsetDateTime.class))));
                }
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    private static String write(Map<String, String> map) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            for (Map.Entry<String, String> entry : map.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static Map<String, String> read(String text) {
        Map<String, String> map = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                map.put(json.currentName(), json.nextTextValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return map;
    }
}
