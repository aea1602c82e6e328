package dev.namespaces.integration;

import static java.util.stream.Collectors.joining;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a host can name of the published modules, as lines: types, then their constructors, methods, fields and
 * constants. A record's accessors, and what every object or enum has, are left out.
 */
record PublicApi(int types, int methods, SortedSet<String> lines) {

    private static final Pattern PACKAGE_NOT_SHOWN =
            Pattern.compile("\\b(java|dev\\.namespaces|org\\.jspecify)(\\.[a-z]\\w*)*\\.(?=@?[A-Z])");

    private static final Pattern OTHER_ANNOTATION = Pattern.compile("@[\\w.]+\\([^()]*\\) ?");

    static PublicApi ofPublishedModules() {
        SortedSet<String> lines = new TreeSet<>();
        int types = 0;
        int methods = 0;
        for (Class<?> type : publishedTypes()) {
            lines.add(typeLine(type));
            members(type).forEach(member -> lines.add(type.getCanonicalName() + member));
            types++;
            methods += (int) methods(type).count();
        }
        return new PublicApi(types, methods, lines);
    }

    /** Returns the types that a host can see. */
    static List<Class<?>> publishedTypes() {
        return Imported.TYPES;
    }

    /** The import takes seconds, so it happens once. */
    private static final class Imported {

        private static final List<Class<?>> TYPES = new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .withImportOption(new WithoutBundledLibraries())
                        .importPackages("dev.namespaces")
                        .that(ArchitectureTest.isPublished())
                        .stream()
                        // Loading one fails if it implements a type of a library that is optional.
                        .filter(type -> !type.isAnonymousClass())
                        .<Class<?>>map(JavaClass::reflect)
                        .filter(PublicApi::isVisible)
                        .toList();
    }

    /** The text of the snapshot. */
    String text() {
        return "# " + types + " types, " + methods + " methods\n"
                + lines.stream().map(line -> line + "\n").collect(joining());
    }

    private static boolean isVisible(Class<?> type) {
        return !type.isLocalClass()
                && isVisible(type.getModifiers())
                && (type.getEnclosingClass() == null || isVisible(type.getEnclosingClass()));
    }

    private static boolean isVisible(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static String typeLine(Class<?> type) {
        String kind = type.isAnnotation()
                ? "annotation"
                : type.isInterface() ? "interface" : type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
        int unsaid = type.isInterface() ? Modifier.ABSTRACT : type.isEnum() || type.isRecord() ? Modifier.FINAL : 0;
        String modifiers = Modifier.toString(type.getModifiers() & (Modifier.FINAL | Modifier.ABSTRACT) & ~unsaid);
        String parents = Stream.concat(
                        Stream.ofNullable(type.getAnnotatedSuperclass())
                                .filter(parent -> parent.getType() != Object.class
                                        && parent.getType() != Record.class
                                        && !type.isEnum()),
                        Arrays.stream(type.getAnnotatedInterfaces()))
                .map(PublicApi::shown)
                .collect(joining(", "));
        String components = type.isRecord()
                ? Arrays.stream(type.getRecordComponents())
                        .map(each -> shown(each.getAnnotatedType()) + " " + each.getName())
                        .collect(joining(", ", "(", ")"))
                : "";
        return type.getCanonicalName() + variables(type.getTypeParameters()) + components + " "
                + (type.isSealed() ? "sealed " : "") + (modifiers.isEmpty() ? "" : modifiers + " ") + kind
                + (parents.isEmpty() ? "" : " of " + parents);
    }

    private static Stream<String> members(Class<?> type) {
        Stream<String> fields = Arrays.stream(type.getDeclaredFields())
                .filter(field -> isVisible(field.getModifiers()) && !field.isSynthetic())
                .map(PublicApi::fieldLine);
        Stream<String> constructors = Arrays.stream(type.getDeclaredConstructors())
                .filter(each -> isVisible(each.getModifiers()) && !each.isSynthetic() && !isCanonical(each))
                .map(each -> "(" + parameters(each) + ")");
        return Stream.of(fields, constructors, methods(type).map(PublicApi::methodLine))
                .flatMap(lines -> lines);
    }

    private static Stream<Method> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> isVisible(method.getModifiers()) && !method.isSynthetic() && !method.isBridge())
                .filter(method -> !isOfEveryObject(method) && !isOfEveryEnum(method) && !isAccessor(method));
    }

    private static boolean isOfEveryObject(Method method) {
        return Arrays.stream(Object.class.getDeclaredMethods())
                .anyMatch(each -> each.getName().equals(method.getName())
                        && Arrays.equals(each.getParameterTypes(), method.getParameterTypes()));
    }

    private static boolean isOfEveryEnum(Method method) {
        return method.getDeclaringClass().isEnum()
                && Modifier.isStatic(method.getModifiers())
                && (method.getName().equals("values") || method.getName().equals("valueOf"));
    }

    private static boolean isAccessor(Method method) {
        RecordComponent[] components = method.getDeclaringClass().getRecordComponents();
        return components != null
                && method.getParameterCount() == 0
                && Arrays.stream(components).anyMatch(each -> each.getName().equals(method.getName()));
    }

    private static boolean isCanonical(Constructor<?> constructor) {
        RecordComponent[] components = constructor.getDeclaringClass().getRecordComponents();
        return components != null
                && Arrays.equals(
                        Arrays.stream(components).map(RecordComponent::getType).toArray(),
                        constructor.getParameterTypes());
    }

    private static String fieldLine(Field field) {
        return "." + field.getName() + (field.isEnumConstant() ? "" : " " + shown(field.getAnnotatedType()));
    }

    private static String methodLine(Method method) {
        int modifiers = method.getModifiers() & (Modifier.STATIC | Modifier.ABSTRACT | Modifier.PROTECTED);
        boolean ofInterface = method.getDeclaringClass().isInterface();
        String text = Modifier.toString(ofInterface ? modifiers & ~Modifier.ABSTRACT : modifiers);
        String thrown = Arrays.stream(method.getGenericExceptionTypes())
                .map(PublicApi::shown)
                .collect(joining(", "));
        return "." + method.getName() + variables(method.getTypeParameters()) + "(" + parameters(method) + ") "
                + (text.isEmpty() ? "" : text + " ") + (method.isDefault() ? "default " : "")
                + shown(method.getAnnotatedReturnType()) + (thrown.isEmpty() ? "" : " throws " + thrown);
    }

    private static String parameters(Executable executable) {
        return Arrays.stream(executable.getAnnotatedParameterTypes())
                .map(PublicApi::shown)
                .collect(joining(", "));
    }

    private static String variables(TypeVariable<?>[] variables) {
        return variables.length == 0
                ? ""
                : Arrays.stream(variables)
                        .map(each -> each.getName()
                                + Arrays.stream(each.getBounds())
                                        .filter(bound -> bound != Object.class)
                                        .map(bound -> " extends " + shown(bound))
                                        .collect(joining()))
                        .collect(joining(", ", "<", ">"));
    }

    private static String shown(AnnotatedType type) {
        return shown(type.toString());
    }

    private static String shown(Type type) {
        return shown(type.getTypeName());
    }

    private static String shown(String type) {
        String bare = OTHER_ANNOTATION
                .matcher(type.replace("jspecify.annotations.Nullable()", "jspecify.annotations.Nullable"))
                .replaceAll("");
        return PACKAGE_NOT_SHOWN.matcher(bare).replaceAll("").replace('$', '.');
    }
}
