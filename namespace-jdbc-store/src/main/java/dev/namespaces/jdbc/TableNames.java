package dev.namespaces.jdbc;

import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the tables are and how their names begin. Both parts become part of SQL, so that nothing but a plain identifier
 * in lower case is taken; the database treats it as any identifier without quotes.
 *
 * @param schema the schema, on MariaDB the database; null means the one that connections use by default. A letter, then
 *     letters, digits and {@code _}, at most 63
 * @param prefix how every table name begins. Empty, or a letter, then letters, digits and {@code _}, at most 30
 */
public record TableNames(@Nullable String schema, String prefix) {

    private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Pattern PREFIX = Pattern.compile("([a-z][a-z0-9_]{0,29})?");

    /** {@code ns_}, in the schema that connections use by default. */
    public static final TableNames DEFAULT = new TableNames(null, "ns_");

    /** @throws IllegalArgumentException if a part is not of that form */
    public TableNames {
        Objects.requireNonNull(prefix, "prefix");
        if (schema != null && !SCHEMA.matcher(schema).matches()) {
            throw new IllegalArgumentException("The schema must be a letter and then letters, digits and '_', in lower "
                    + "case and at most 63 in all; it is '" + schema + "'");
        }
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException("The table prefix must be empty, or a letter and then letters, digits "
                    + "and '_', in lower case and at most 30 in all; it is '" + prefix + "'");
        }
    }

    /** The same, with that prefix. */
    public TableNames withPrefix(String prefix) {
        return new TableNames(schema, prefix);
    }

    /** The same, in that schema. */
    public TableNames inSchema(String schema) {
        return new TableNames(Objects.requireNonNull(schema, "schema"), prefix);
    }

    /** The schema and a dot, or nothing. */
    String schemaQualifier() {
        return schema == null ? "" : schema + ".";
    }

    /** The table as SQL names it. */
    String table(String name) {
        return schemaQualifier() + prefix + name;
    }
}
