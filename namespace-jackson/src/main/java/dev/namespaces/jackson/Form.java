package dev.namespaces.jackson;

import dev.namespaces.model.Cidr;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EgressPolicyId;
import dev.namespaces.model.EgressPolicyOwner;
import dev.namespaces.model.EgressRule;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.OrganizationId;
import dev.namespaces.model.ProjectId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** The types that the JSON form covers, and their names in it. */
final class Form {

    /** The field that says which of several types an object has. */
    static final String TYPE = "type";

    /** A value that the form writes as text. */
    record Text<T>(Class<T> type, Function<T, String> write, Function<String, T> read) {}

    static final List<Text<?>> TEXTS = List.of(
            new Text<>(Cidr.class, Cidr::value, Cidr::new),
            new Text<>(ClusterId.class, ClusterId::value, ClusterId::new),
            new Text<>(EgressPolicyId.class, EgressPolicyId::value, EgressPolicyId::new),
            new Text<>(EnvironmentId.class, EnvironmentId::value, EnvironmentId::new),
            new Text<>(NamespaceId.class, NamespaceId::value, NamespaceId::new),
            new Text<>(OrganizationId.class, OrganizationId::value, OrganizationId::new),
            new Text<>(ProjectId.class, ProjectId::value, ProjectId::new));

    private static final List<String> PACKAGES = List.of(
            "dev.namespaces.model.",
            "dev.namespaces.error.",
            "dev.namespaces.spi.",
            "dev.namespaces.core.",
            "dev.namespaces.egress.");

    private Form() {}

    static boolean covers(Class<?> type) {
        return PACKAGES.stream().anyMatch(type.getName()::startsWith);
    }

    static boolean isRecord(Class<?> type) {
        return type.isRecord() && covers(type);
    }

    /** Returns whether the type is one of several, so that its JSON object says which one. */
    static boolean hasTypeField(Class<?> type) {
        return isRecord(type) && interfaces(type).anyMatch(Form::isChoice);
    }

    /** Returns whether the type is a choice between several records. */
    static boolean isChoice(Class<?> type) {
        return type.isInterface() && type.isSealed() && covers(type) && type != EgressPolicyOwner.class;
    }

    /** Returns the records that a choice is between. */
    static Stream<Class<?>> choices(Class<?> choice) {
        return Arrays.stream(choice.getPermittedSubclasses())
                .flatMap(each -> isChoice(each) ? choices(each) : Stream.of(each));
    }

    /** Returns the content of the {@code type} field, such as {@code allow-list} for an {@code AllowList}. */
    static String typeName(Class<?> type) {
        String name = EgressRule.class.isAssignableFrom(type)
                ? type.getSimpleName().replaceFirst("^To", "")
                : type.getSimpleName();
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    private static Stream<Class<?>> interfaces(Class<?> type) {
        return Arrays.stream(type.getInterfaces()).flatMap(each -> Stream.concat(Stream.of(each), interfaces(each)));
    }
}
