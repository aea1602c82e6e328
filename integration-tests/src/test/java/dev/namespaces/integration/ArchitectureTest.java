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

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.namespaces.error.InvalidTextException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;

/** The one rule between the modules, and what follows from it. */
@AnalyzeClasses(packages = "dev.namespaces", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] SPI = {"dev.namespaces.model..", "dev.namespaces.spi..", "dev.namespaces.error.."};
    private static final String[] CORE = {"dev.namespaces.core..", "dev.namespaces.egress.."};
    private static final String[] PUBLISHED = {
        "dev.namespaces.model..",
        "dev.namespaces.spi..",
        "dev.namespaces.error..",
        "dev.namespaces.core..",
        "dev.namespaces.egress..",
        "dev.namespaces.fabric8..",
        "dev.namespaces.jdbc..",
        "dev.namespaces.testkit.."
    };

    @ArchTest
    static final ArchRule the_gateway_adapter_sees_only_the_spi = sees(SPI, "dev.namespaces.fabric8..");

    @ArchTest
    static final ArchRule the_jdbc_stores_see_only_the_spi = sees(SPI, "dev.namespaces.jdbc..");

    @ArchTest
    static final ArchRule the_testkit_sees_only_the_spi = sees(SPI, "dev.namespaces.testkit..");

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
    static final ArchRule no_packages_depend_on_each_other_in_a_cycle =
            slices().matching("dev.namespaces.(**)").should().beFreeOfCycles();

    @ArchTest
    static void no_published_module_writes_to_standard_streams(JavaClasses all) {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(all.that(resideInAnyPackage(PUBLISHED)));
    }

    @ArchTest
    static void no_package_stands_in_two_modules(JavaClasses all) {
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
        all.that(resideInAnyPackage(PUBLISHED)).forEach(each -> packages.add(each.getPackage()));
        assertThat(packages)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.isAnnotatedWith(NullMarked.class))
                        .as(each.getName())
                        .isTrue());
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
