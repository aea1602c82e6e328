package dev.namespaces.jdbc;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** Values for the parameters of a statement, in their order. */
final class Values {

    private final SqlDialect dialect;
    private final List<Argument> arguments = new ArrayList<>();
    private int characters;

    Values(SqlDialect dialect) {
        this.dialect = dialect;
    }

    Values text(@Nullable String value) {
        characters += value == null ? 0 : value.length();
        arguments.add((position, statement, context) -> statement.setString(position, value));
        return this;
    }

    Values number(long value) {
        arguments.add((position, statement, context) -> statement.setLong(position, value));
        return this;
    }

    Values flag(boolean value) {
        arguments.add((position, statement, context) -> statement.setBoolean(position, value));
        return this;
    }

    Values instant(@Nullable Instant value) {
        arguments.add(dialect.instant(value));
        return this;
    }

    /** Returns how many characters the texts have. */
    int characters() {
        return characters;
    }

    /** Binds the values from that position on, and returns the position after them. */
    int bindTo(SqlStatement<?> statement, int position) {
        int next = position;
        for (Argument argument : arguments) {
            statement.bind(next++, argument);
        }
        return next;
    }
}
