package dev.namespaces.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.FieldsV1;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LiveMetadataTest {

    @Test
    void the_label_that_the_api_server_sets_is_not_one_of_its_creator() {
        FieldsV1 fields = new FieldsV1();
        fields.setAdditionalProperty(
                "f:metadata",
                Map.of("f:labels", Map.of("f:kubernetes.io/metadata.name", Map.of(), "f:team", Map.of())));
        Namespace live = new NamespaceBuilder()
                .withNewMetadata()
                .withName("shop-web")
                .addNewManagedField()
                .withManager("namespaces.dev")
                .withOperation("Update")
                .withFieldsV1(fields)
                .endManagedField()
                .endMetadata()
                .build();

        assertThat(LiveMetadata.labelsOwnedBy("namespaces.dev", live)).containsExactly("team");
        assertThat(LiveMetadata.labelsOwnedBy("kubectl", live)).isEmpty();
    }
}
