package dev.namespaces.quickstart;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.EgressEntity;
import dev.namespaces.model.EgressMode;
import dev.namespaces.model.EgressPolicy;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EgressRule.NamespaceSelector;
import dev.namespaces.model.PortRange;
import dev.namespaces.model.TransportProtocol;
import dev.namespaces.quickstart.Element.Fields;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads egress policies. What the model refuses becomes a problem at the line that says it. */
final class PolicyReader {

    private static final List<String> DESTINATIONS =
            List.of("domain", "cidr", "namespace", "namespaceLabels", "entities");
    private static final Pattern PORTS = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?(?:/([A-Z]+))?");

    private final Instant now;

    PolicyReader(Instant now) {
        this.now = now;
    }

    /** The policy, or null where something is wrong with it, or with its owner. */
    @Nullable
    EgressPolicy read(Element element, @Nullable EgressPolicyOwner owner, Map<EgressPolicyId, Element> earlier) {
        Fields fields = element.fields("id", "mode", "rules", "deletedAt");
        Element idElement = fields.required("id").orElse(null);
        EgressPolicyId id = idElement == null ? null : idElement.as(EgressPolicyId::new);
        if (id != null && idElement != null) {
            Element first = earlier.putIfAbsent(id, idElement);
            if (first != null) {
                idElement.problem("is taken by another one: " + first.path() + " on line " + first.line());
            }
        }
        Element modeElement = fields.required("mode").orElse(null);
        EgressMode mode = modeElement == null ? null : mode(modeElement, fields);
        if (mode == null) {
            // The rules are read for their problems, since the mode is not known.
            rules(fields);
        }
        Instant deletedAt = fields.optional("deletedAt")
                .map(e -> e.as(this::instantOfDeletion))
                .orElse(null);
        return id == null || owner == null || mode == null ? null : new EgressPolicy(id, owner, mode, 1, deletedAt);
    }

    private Instant instantOfDeletion(String text) {
        Instant instant;
        try {
            instant = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("must be a time with its offset, such as 2025-03-31T12:00:00Z", e);
        }
        if (instant.isAfter(now)) {
            throw new IllegalArgumentException(
                    "must not lie in the future: a deleted policy counts as missing at once");
        }
        return instant;
    }

    private static @Nullable EgressMode mode(Element element, Fields fields) {
        String text = element.text();
        if (text == null) {
            return null;
        }
        if (text.equals("allow-list")) {
            return new EgressMode.AllowList(rules(fields));
        }
        EgressMode mode = switch (text) {
            case "deny-all" -> new EgressMode.DenyAll();
            case "allow-all" -> new EgressMode.AllowAll();
            default -> null;
        };
        if (mode == null) {
            element.problem("must be one of [allow-list, deny-all, allow-all]");
        } else {
            fields.optional("rules").ifPresent(rules -> rules.problem("belong to the mode allow-list only"));
        }
        return mode;
    }

    private static List<EgressRule> rules(Fields fields) {
        List<EgressRule> rules = new ArrayList<>();
        for (Element element : fields.items("rules")) {
            EgressRule rule = rule(element);
            if (rule != null) {
                rules.add(rule);
            }
        }
        return rules;
    }

    private static @Nullable EgressRule rule(Element element) {
        Fields fields = element.fields("domain", "cidr", "except", "namespace", "namespaceLabels", "entities", "ports");
        List<String> given = DESTINATIONS.stream()
                .filter(name -> fields.optional(name).isPresent())
                .toList();
        List<PortRange> ports = ports(fields);
        if (given.size() != 1) {
            element.problem("must have exactly one of " + DESTINATIONS + ", has " + given);
            return null;
        }
        String destination = given.get(0);
        if (!destination.equals("cidr")) {
            fields.optional("except").ifPresent(except -> except.problem("belongs to a rule with cidr only"));
        }
        return fields.required(destination)
                .map(to -> rule(destination, to, fields, ports))
                .orElse(null);
    }

    private static @Nullable EgressRule rule(String destination, Element to, Fields fields, List<PortRange> ports) {
        return switch (destination) {
            case "domain" -> to.as(domain -> new EgressRule.ToDomain(domain, ports));
            case "cidr" -> {
                List<Cidr> except = new ArrayList<>();
                for (Element element : fields.items("except")) {
                    Cidr cidr = element.as(Cidr::new);
                    if (cidr != null) {
                        except.add(cidr);
                    }
                }
                yield to.as(cidr -> new EgressRule.ToCidr(new Cidr(cidr), except, ports));
            }
            case "namespace" -> to.as(name -> new EgressRule.ToNamespace(new NamespaceSelector.ByName(name), ports));
            case "namespaceLabels" -> {
                Map<String, String> labels = new LinkedHashMap<>();
                to.entries().forEach((key, element) -> {
                    String value = element.text();
                    if (value != null) {
                        labels.put(key, value);
                    }
                });
                yield to.checked(() -> new EgressRule.ToNamespace(new NamespaceSelector.ByLabels(labels), ports));
            }
            default -> {
                Set<EgressEntity> entities = new LinkedHashSet<>();
                for (Element element : to.items()) {
                    EgressEntity entity = element.as(PolicyReader::entity);
                    if (entity != null) {
                        entities.add(entity);
                    }
                }
                yield to.checked(() -> new EgressRule.ToEntities(entities, ports));
            }
        };
    }

    private static EgressEntity entity(String text) {
        return Arrays.stream(EgressEntity.values())
                .filter(entity -> word(entity).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of "
                        + Arrays.stream(EgressEntity.values())
                                .map(PolicyReader::word)
                                .toList()));
    }

    private static String word(EgressEntity entity) {
        return entity.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<PortRange> ports(Fields fields) {
        Element list = fields.optional("ports").orElse(null);
        if (list == null) {
            return List.of();
        }
        List<PortRange> ports = new ArrayList<>();
        List<Element> items = list.items();
        for (Element item : items) {
            PortRange port = item.as(PolicyReader::port);
            if (port != null) {
                ports.add(port);
            }
        }
        if (items.isEmpty() && list.value() instanceof List) {
            // Every port is a thing to ask for by saying nothing, not by deleting the last one.
            list.problem("must name a port; leave the field out to open every port");
        }
        return ports;
    }

    private static PortRange port(String text) {
        Matcher port = PORTS.matcher(text);
        if (!port.matches()) {
            throw new IllegalArgumentException("must be a port such as 443, 53/UDP or 8000-8080/TCP");
        }
        int first = Integer.parseInt(port.group(1));
        int last = port.group(2) == null ? first : Integer.parseInt(port.group(2));
        return new PortRange(first, last, protocol(port.group(3)));
    }

    private static TransportProtocol protocol(@Nullable String text) {
        if (text == null) {
            return TransportProtocol.TCP;
        }
        return Arrays.stream(TransportProtocol.values())
                .filter(protocol -> protocol.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "must have one of the protocols " + Arrays.toString(TransportProtocol.values())));
    }
}
