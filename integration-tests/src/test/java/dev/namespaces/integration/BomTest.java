package dev.namespaces.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class BomTest {

    private static final Path ROOT = Path.of("..");
    private static final String MANAGED = "/project/dependencyManagement/dependencies/dependency";

    @Test
    void the_bom_names_every_published_module_and_nothing_else() throws Exception {
        List<String> published = new ArrayList<>();
        for (String module : texts(pom("."), "/project/modules/module")) {
            Document pom = pom(module);
            boolean unpublished = texts(pom, "/project/properties/internal").contains("true");
            if (!unpublished && !module.equals("namespace-bom")) {
                published.addAll(texts(pom, "/project/artifactId"));
            }
        }
        Document bom = pom("namespace-bom");

        assertThat(published).contains("namespace-core");
        assertThat(texts(bom, MANAGED + "/artifactId")).containsExactlyInAnyOrderElementsOf(published);
        assertThat(texts(bom, MANAGED + "/groupId")).containsOnly("dev.namespaces");
        assertThat(texts(bom, MANAGED + "/version")).hasSameSizeAs(published).containsOnly("${project.version}");
    }

    @Test
    void the_bom_has_the_version_of_the_modules_and_no_parent() throws Exception {
        Document bom = pom("namespace-bom");

        assertThat(texts(bom, "/project/version")).isEqualTo(texts(pom("."), "/project/version"));
        assertThat(texts(bom, "/project/parent/artifactId")).isEmpty();
    }

    private static Document pom(String module) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(ROOT.resolve(module).resolve("pom.xml").toFile());
    }

    private static List<String> texts(Document document, String path) throws Exception {
        NodeList nodes =
                (NodeList) XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> nodes.item(i).getTextContent().strip())
                .toList();
    }
}
