package dev.namespaces.integration;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.error.InvalidTextException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The one rule between the modules, and what follows from it. */
@AnalyzeClasses(
        packages = "dev.namespaces",
        importOptions = {ImportOption.DoNotIncludeTests.class, WithoutBundledLibraries.class})
class ArchitectureTest {

    private static final String[] SPI = {"dev.namespaces.model..", "dev.namespaces.spi..", "dev.namespaces.error.."};
    private static final String[] SPI_AND_JSON =
            Stream.concat(Stream.of(SPI), Stream.of("dev.namespaces.jackson..")).toArray(String[]::new);
    private static final String[] CORE = {"dev.namespaces.core..", "dev.namespaces.egress.."};
    private static final String[] NOT_PUBLISHED = {
        "dev.namespaces.quickstart..", "dev.namespaces.testservers..", "dev.namespaces.benchmarks.."
    };

    private static final Set<String> CLUSTERS =
            Set.of("dev.namespaces.core.ClusterSide", "dev.namespaces.spi.ClusterGateway");
    private static final Set<String> ENGINE = Set.of("dev.namespaces.core.Engine");

    @ArchTest
    static final ArchRule the_gateway_adapter_sees_only_the_spi = sees(SPI, "dev.namespaces.fabric8..");

    @ArchTest
    static final ArchRule the_jdbc_stores_see_only_the_spi_and_the_json_form =
            sees(SPI_AND_JSON, "dev.namespaces.jdbc..");

    @ArchTest
    static final ArchRule the_json_form_sees_only_the_spi = sees(SPI, "dev.namespaces.jackson..");

    @ArchTest
    static final ArchRule the_circuit_breaker_sees_only_the_spi = sees(SPI, "dev.namespaces.resilience4j..");

    @ArchTest
    static final ArchRule the_meters_see_only_the_spi = sees(SPI, "dev.namespaces.micrometer..");

    @ArchTest
    static final ArchRule the_scheduler_sees_only_the_spi_and_the_core =
            sees(Stream.concat(Stream.of(SPI), Stream.of(CORE)).toArray(String[]::new), "dev.namespaces.dbscheduler..");

    @ArchTest
    static final ArchRule the_testkit_sees_only_the_spi = sees(SPI, "dev.namespaces.testkit..");

    @ArchTest
    static final ArchRule the_junit_extension_sees_the_core_and_the_testkit =
            sees(new String[] {"dev.namespaces.core", "dev.namespaces.testkit"}, "dev.namespaces.junit..");

    @ArchTest
    static final ArchRule the_fakes_need_no_junit = noClasses()
            .that()
            .resideInAPackage("dev.namespaces.testkit")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.junit..");

    @ArchTest
    static final ArchRule the_core_sees_only_the_spi = sees(SPI, CORE);

    @ArchTest
    static final ArchRule egress_sees_the_model_and_errors_only =
            sees(new String[] {"dev.namespaces.model..", "dev.namespaces.error.."}, "dev.namespaces.egress..");

    @ArchTest
    static final ArchRule the_core_has_no_jdbc_no_http_and_no_client = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.sql..",
                    "javax.sql..",
                    "org.jdbi..",
                    "org.flywaydb..",
                    "java.net.http..",
                    "io.fabric8.kubernetes.client..");

    @ArchTest
    static final ArchRule the_core_opens_no_connection = noClasses()
            .that()
            .resideInAnyPackage(CORE)
            .should()
            .dependOnClassesThat(resideInAPackage("java.net..")
                    .and(JavaClass.Predicates.simpleNameContaining("Connection")
                            .or(JavaClass.Predicates.simpleNameContaining("Socket"))));

    @ArchTest
    static final ArchRule the_spi_shows_no_library_but_the_kubernetes_model = classes()
            .that()
            .resideInAnyPackage(SPI)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(SPI)
                    .or(resideInAnyPackage(
                            "java..", "org.jspecify.annotations..", "io.fabric8.kubernetes.api.model..")));

    @ArchTest
    static final ArchRule the_model_knows_no_port_and_no_error_but_invalid_text = noClasses()
            .that()
            .resideInAPackage("dev.namespaces.model..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("dev.namespaces.spi..", "dev.namespaces.error..")
                    .and(not(equivalentTo(InvalidTextException.class))));

    @ArchTest
    static final ArchRule no_packages_depend_on_each_other_in_a_cycle = slices().matching("dev.namespaces.(**)")
            .should()
            .beFreeOfCycles()
            // An id that is not valid is a failure with a category, and failures name ids.
            .ignoreDependency(resideInAPackage("dev.namespaces.model.."), equivalentTo(InvalidTextException.class));

    @ArchTest
    static void no_published_module_writes_to_standard_streams(JavaClasses all) {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(all.that(isPublished()));
    }

    @ArchTest
    static void no_package_is_in_two_modules(JavaClasses all) {
        Map<String, Set<String>> locations = new TreeMap<>();
        for (JavaClass each : all) {
            String uri = each.getSource().orElseThrow().getUri().toString();
            String path = each.getName().replace('.', '/') + ".class";
            locations
                    .computeIfAbsent(each.getPackageName(), name -> new TreeSet<>())
                    .add(uri.substring(0, uri.length() - path.length()));
        }
        assertThat(locations)
                .hasSizeGreaterThan(8)
                .allSatisfy((name, places) -> assertThat(places).as(name).hasSize(1));
    }

    @ArchTest
    static void every_published_package_settles_null(JavaClasses all) {
        Set<JavaPackage> packages = new TreeSet<>(java.util.Comparator.comparing(JavaPackage::getName));
        all.that(isPublished()).forEach(each -> packages.add(each.getPackage()));
        assertThat(packages)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.isAnnotatedWith(NullMarked.class))
                        .as(each.getName())
                        .isTrue());
    }

    /**
     * Stores are called on the caller's thread only. A class of the core that uses a cluster works on worker threads,
     * unless it was handed the engine: then it coordinates the work, on the caller's thread.
     */
    @ArchTest
    static final ArchRule classes_that_work_on_worker_threads_reach_no_store = classes()
            .that(resideInAnyPackage("dev.namespaces.core..")
                    .and(dependsOn(CLUSTERS))
                    .and(not(coordinates())))
            .should(reachNoStore());

    /**
     * Forbids a class to be handed both the engine and the clusters. Without this rule, a worker with the engine would
     * count as a coordinator.
     */
    @ArchTest
    static final ArchRule classes_are_handed_the_engine_or_a_way_to_clusters = classes()
            .that(resideInAnyPackage("dev.namespaces.core..").and(coordinates()).and(not(buildsTheEngine())))
            .should(new ArchCondition<>("be handed no way to clusters") {
                @Override
                public void check(JavaClass each, ConditionEvents events) {
                    // An inner class is a part of the class around it, which has taken the gateway from the engine.
                    if (!each.isInnerClass() && isHanded(each, CLUSTERS)) {
                        events.add(SimpleConditionEvent.violated(
                                each, each.getName() + " is handed the engine and one of " + CLUSTERS));
                    }
                }
            });

    static DescribedPredicate<JavaClass> isPublished() {
        return resideInAPackage("dev.namespaces..").and(not(resideInAnyPackage(NOT_PUBLISHED)));
    }

    private static DescribedPredicate<JavaClass> coordinates() {
        return DescribedPredicate.describe(
                "coordinate",
                each -> isHanded(outermost(each), ENGINE) || buildsTheEngine().test(each));
    }

    private static DescribedPredicate<JavaClass> buildsTheEngine() {
        return DescribedPredicate.describe(
                "build the engine",
                each -> Set.of("dev.namespaces.core.Engine", NamespaceLifecycle.class.getName())
                        .contains(outermost(each).getName()));
    }

    /**
     * Returns whether the class has one of these in a field, or takes one as a parameter; a static method keeps
     * nothing.
     */
    private static boolean isHanded(JavaClass each, Set<String> names) {
        return Stream.concat(
                        each.getFields().stream().map(JavaField::getRawType),
                        each.getCodeUnits().stream()
                                .filter(unit -> names.equals(ENGINE)
                                        || !unit.getModifiers().contains(JavaModifier.STATIC))
                                .flatMap(unit -> unit.getRawParameterTypes().stream()))
                .anyMatch(type -> names.contains(type.getName()));
    }

    private static JavaClass outermost(JavaClass each) {
        return each.getEnclosingClass().map(ArchitectureTest::outermost).orElse(each);
    }

    private static DescribedPredicate<JavaClass> dependsOn(Set<String> names) {
        return DescribedPredicate.describe(
                "depend on " + names,
                each -> each.getDirectDependenciesFromSelf().stream()
                        .anyMatch(dependency -> names.contains(dependency
                                .getTargetClass()
                                .getBaseComponentType()
                                .getName())));
    }

    /**
     * Returns the condition that a class cannot call a store. Only a class that names its port, and gets it from a
     * class that holds it, can call it.
     */
    private static ArchCondition<JavaClass> reachNoStore() {
        return new ArchCondition<>("name no store, and reach no class that holds one") {
            @Override
            public void check(JavaClass worker, ConditionEvents events) {
                Map<JavaClass, String> ways = new LinkedHashMap<>();
                ways.put(worker, worker.getSimpleName());
                Deque<JavaClass> open = new ArrayDeque<>(ways.keySet());
                while (!open.isEmpty()) {
                    JavaClass from = open.remove();
                    for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                        JavaClass to = dependency.getTargetClass().getBaseComponentType();
                        String way = ways.get(from) + " -> " + to.getSimpleName();
                        boolean forbidden = isStore(to) ? from.equals(worker) : holdsStore(to, new HashSet<>());
                        if (forbidden) {
                            events.add(SimpleConditionEvent.violated(worker, way + ": " + dependency.getDescription()));
                        } else if (to.getPackageName().startsWith("dev.namespaces.core")
                                && ways.putIfAbsent(to, way) == null) {
                            open.add(to);
                        }
                    }
                }
            }
        };
    }

    private static boolean isStore(JavaClass each) {
        return each.getPackageName().equals("dev.namespaces.spi")
                && (each.getSimpleName().endsWith("Store")
                        || Set.of("Stores", "DeploymentLock").contains(each.getSimpleName()));
    }

    /** Returns whether the class has a store, or a class that holds one, in a field or as a result. */
    private static boolean holdsStore(JavaClass each, Set<JavaClass> asked) {
        if (!each.getPackageName().startsWith("dev.namespaces.core") || !asked.add(each)) {
            return false;
        }
        return Stream.concat(
                        each.getFields().stream().flatMap(field -> field.getAllInvolvedRawTypes().stream()),
                        each.getMethods().stream()
                                .flatMap(method -> method.getReturnType().getAllInvolvedRawTypes().stream()))
                .map(JavaClass::getBaseComponentType)
                .anyMatch(type -> isStore(type) || holdsStore(type, asked));
    }

    private static ArchRule sees(String[] others, String... module) {
        return noClasses()
                .that()
                .resideInAnyPackage(module)
                .should()
                .dependOnClassesThat(resideInAPackage("dev.namespaces..")
                        .and(not(resideInAnyPackage(others)))
                        .and(not(resideInAnyPackage(module))));
    }
}
