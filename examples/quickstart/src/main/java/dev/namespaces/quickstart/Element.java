package dev.namespaces.quickstart;

import dev.namespaces.error.InvalidTextException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A place in the file: a YAML node and the path that leads to it. What is not as it should be goes to the list of
 * problems, so that reading goes on and finds the rest.
 */
final class Element {

    private static final Set<Tag> PLAIN_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.TIMESTAMP, Tag.MERGE, Tag.MAP, Tag.SEQ);

    private final Node node;
    private final String path;
    private final int line;
    private final List<Problem> problems;

    private Element(Node node, String path, int line, List<Problem> problems) {
        this.node = node;
        this.path = path;
        this.line = line;
        this.problems = problems;
        if (!PLAIN_TAGS.contains(node.getTag())) {
            problem("has the tag " + node.getTag().getValue() + "; write plain values, lists and maps");
        }
    }

    /** The file as a whole; what is found wrong is added to {@code problems}. */
    static Element root(Node node, List<Problem> problems) {
        return new Element(node, "", 1, problems);
    }

    String path() {
        return path;
    }

    int line() {
        return line;
    }

    void problem(String message) {
        problems.add(new Problem(line, path, message));
    }

    /** A problem further down, where there is no element to blame. */
    void problemAt(String relativePath, String message) {
        problems.add(new Problem(line, path + "." + relativePath, message));
    }

    /** The fields of a map that has no others; empty where it is no map. */
    Fields fields(String... known) {
        Map<String, Element> fields = children(key -> path.isEmpty() ? key : path + "." + key);
        Set<String> names = Set.of(known);
        fields.forEach((name, field) -> {
            if (!names.contains(name)) {
                field.problem("is not a field of this file; here it has " + List.of(known));
            }
        });
        return new Fields(this, fields);
    }

    /** The entries of a map with free keys; empty where it is no map. */
    Map<String, Element> entries() {
        return children(key -> path + "[" + key + "]");
    }

    /** The items of a list; empty where it is none. */
    List<Element> items() {
        List<Element> items = new ArrayList<>();
        if (node instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                items.add(new Element(item, path + "[" + items.size() + "]", lineOf(item), problems));
            }
        } else {
            problem("must be a list");
        }
        return items;
    }

    /**
     * The value exactly as it is written, quotes aside. YAML would make a boolean of {@code no} and 34 of {@code 042};
     * a label is a string, so what the reader of the file sees is what it is. Null where nothing or {@code null} is
     * written; an empty list or map is returned for any list or map, since no value may be one.
     */
    @Nullable
    Object value() {
        if (node instanceof ScalarNode scalar) {
            return scalar.getTag().equals(Tag.NULL) ? null : scalar.getValue();
        }
        return node instanceof SequenceNode ? List.of() : Map.of();
    }

    /** The same where only text will do; null is a problem. */
    @Nullable
    String text() {
        if (value() instanceof String text) {
            return text;
        }
        problem(value() == null ? "must not be empty" : "must be a single value");
        return null;
    }

    /** The text as something else; what that refuses is a problem, and null. */
    <T> @Nullable T as(Function<String, T> type) {
        String text = text();
        return text == null ? null : checked(() -> type.apply(text));
    }

    /** What the model makes of it; what the model refuses is a problem, and null. */
    <T> @Nullable T checked(Supplier<T> model) {
        try {
            return model.get();
        } catch (InvalidTextException e) {
            problem(e.reason());
            return null;
        } catch (IllegalArgumentException e) {
            problem(Objects.requireNonNullElse(e.getMessage(), "is not valid"));
            return null;
        }
    }

    private Map<String, Element> children(Function<String, String> pathOf) {
        Map<String, Element> children = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            problem("must be a map");
            return children;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problem("has a key that is a list or a map");
                continue;
            }
            Element child =
                    new Element(tuple.getValueNode(), pathOf.apply(printable(key.getValue())), lineOf(key), problems);
            Element first = children.putIfAbsent(key.getValue(), child);
            if (first != null) {
                child.problem("is given twice, first on line " + first.line);
            }
        }
        return children;
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    private static String printable(String key) {
        StringBuilder text = new StringBuilder();
        key.codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                text.append(String.format("\\u%04x", c));
            } else {
                text.appendCodePoint(c);
            }
        });
        return text.toString();
    }

    /** The fields of a map. */
    static final class Fields {

        private final Element owner;
        private final Map<String, Element> byName;

        private Fields(Element owner, Map<String, Element> byName) {
            this.owner = owner;
            this.byName = byName;
        }

        Optional<Element> optional(String name) {
            return Optional.ofNullable(byName.get(name));
        }

        /** The field; that it is missing is a problem. */
        Optional<Element> required(String name) {
            if (!byName.containsKey(name) && owner.node instanceof MappingNode) {
                owner.problems.add(
                        new Problem(owner.line, owner.path.isEmpty() ? name : owner.path + "." + name, "is missing"));
            }
            return optional(name);
        }

        /** The items of an optional list. */
        List<Element> items(String name) {
            return optional(name).map(Element::items).orElse(List.of());
        }

        /** The entries of an optional map. */
        Map<String, Element> entries(String name) {
            return optional(name).map(Element::entries).orElse(Map.of());
        }
    }
}
