package dev.namespaces.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Rules of an allow-list as a JSON array of objects. Any part that is not understood is an error, since to leave it out
 * would change what a policy allows.
 */
final class EgressRulesJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private EgressRulesJson() {}

    static String write(List<EgressRule> rules) {
        ArrayNode array = JSON.createArrayNode();
        rules.forEach(rule -> array.add(write(rule)));
        return array.toString();
    }

    private static ObjectNode write(EgressRule rule) {
        ObjectNode node = JSON.createObjectNode();
        if (rule instanceof EgressRule.ToCidr cidr) {
            node.put("to", "cidr").put("cidr", cidr.cidr().value());
            ArrayNode except = node.putArray("except");
            cidr.except().forEach(range -> except.add(range.value()));
        } else if (rule instanceof EgressRule.ToDomain domain) {
            node.put("to", "domain").put("domain", domain.domain());
        } else if (rule instanceof EgressRule.ToNamespace namespace) {
            write(namespace.namespaces(), node.put("to", "namespace"));
        } else if (rule instanceof EgressRule.ToPods pods) {
            write(pods.namespaces(), node.put("to", "pods"));
            write(pods.labels(), node.putObject("pods"));
        } else if (rule instanceof EgressRule.ToEntities entities) {
            ArrayNode names = node.put("to", "entities").putArray("entities");
            entities.entities().forEach(entity -> names.add(entity.name()));
        }
        ArrayNode ports = node.putArray("ports");
        rule.ports()
                .forEach(range -> ports.addObject()
                        .put("first", range.first())
                        .put("last", range.last())
                        .put("protocol", range.protocol().name()));
        return node;
    }

    private static void write(NamespaceSelector namespaces, ObjectNode node) {
        if (namespaces instanceof NamespaceSelector.Own) {
            node.put("own", true);
        } else if (namespaces instanceof NamespaceSelector.ByName byName) {
            node.put("name", byName.name());
        } else if (namespaces instanceof NamespaceSelector.ByLabels byLabels) {
            write(byLabels.labels(), node.putObject("labels"));
        }
    }

    private static void write(Map<String, String> labels, ObjectNode node) {
        labels.forEach(node::put);
    }

    /** @throws UnreadableRowException if it is not what {@link #write(List)} has written */
    static List<EgressRule> read(String text) {
        JsonNode array;
        try {
            array = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            // The parser's message quotes the text.
            throw new UnreadableRowException("its rules are not valid JSON");
        }
        if (array == null) {
            throw new UnreadableRowException("its rules are missing");
        }
        try {
            return list(array, EgressRulesJson::rule);
        } catch (IllegalArgumentException | InvalidTextException e) {
            throw new UnreadableRowException("a rule of it is not valid", e);
        }
    }

    private static EgressRule rule(JsonNode rule) {
        List<PortRange> ports = list(rule.get("ports"), EgressRulesJson::portRange);
        return switch (text(rule, "to")) {
            case "cidr" -> {
                fields(rule, "to", "cidr", "except", "ports");
                yield new EgressRule.ToCidr(
                        new Cidr(text(rule, "cidr")), list(rule.get("except"), node -> new Cidr(text(node))), ports);
            }
            case "domain" -> {
                fields(rule, "to", "domain", "ports");
                yield new EgressRule.ToDomain(text(rule, "domain"), ports);
            }
            case "namespace" -> {
                fields(rule, "to", selectorField(rule), "ports");
                yield new EgressRule.ToNamespace(selector(rule), ports);
            }
            case "pods" -> {
                fields(rule, "to", selectorField(rule), "pods", "ports");
                yield new EgressRule.ToPods(selector(rule), labels(rule, "pods"), ports);
            }
            case "entities" -> {
                fields(rule, "to", "entities", "ports");
                Set<EgressEntity> entities =
                        new LinkedHashSet<>(list(rule.get("entities"), node -> EgressEntity.valueOf(text(node))));
                yield new EgressRule.ToEntities(entities, ports);
            }
            default -> throw new IllegalArgumentException("there is no such kind of rule");
        };
    }

    private static String selectorField(JsonNode rule) {
        return rule.has("own") ? "own" : rule.has("name") ? "name" : "labels";
    }

    private static NamespaceSelector selector(JsonNode rule) {
        return switch (selectorField(rule)) {
            case "own" -> {
                if (!rule.get("own").booleanValue()) {
                    throw new IllegalArgumentException("'own' is not true");
                }
                yield new NamespaceSelector.Own();
            }
            case "name" -> new NamespaceSelector.ByName(text(rule, "name"));
            default -> new NamespaceSelector.ByLabels(labels(rule, "labels"));
        };
    }

    private static Map<String, String> labels(JsonNode rule, String field) {
        JsonNode node = rule.get(field);
        if (node == null || !node.isObject()) {
            throw new IllegalArgumentException("it has no '" + field + "'");
        }
        Map<String, String> labels = new LinkedHashMap<>();
        node.properties().forEach(label -> labels.put(label.getKey(), text(label.getValue())));
        return labels;
    }

    private static PortRange portRange(JsonNode range) {
        fields(range, "first", "last", "protocol");
        return new PortRange(
                number(range, "first"), number(range, "last"), TransportProtocol.valueOf(text(range, "protocol")));
    }

    private static <T> List<T> list(JsonNode array, Function<JsonNode, T> read) {
        if (array == null || !array.isArray()) {
            throw new IllegalArgumentException("a list is missing");
        }
        List<T> list = new ArrayList<>();
        array.forEach(element -> list.add(read.apply(element)));
        return list;
    }

    private static void fields(JsonNode object, String... known) {
        object.fieldNames().forEachRemaining(field -> {
            if (!List.of(known).contains(field)) {
                throw new IllegalArgumentException("it has a field that is not known: " + field);
            }
        });
    }

    private static int number(JsonNode object, String field) {
        JsonNode node = object.get(field);
        if (node == null || !node.isInt()) {
            throw new IllegalArgumentException("it has no number '" + field + "'");
        }
        return node.intValue();
    }

    private static String text(JsonNode object, String field) {
        JsonNode node = object.get(field);
        if (node == null) {
            throw new IllegalArgumentException("it has no '" + field + "'");
        }
        return text(node);
    }

    private static String text(JsonNode node) {
        if (!node.isTextual()) {
            throw new IllegalArgumentException("a value is not a string");
        }
        return node.textValue();
    }
}
