package dev.namespaces.core.delete;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.namespaces.core.delete.DeletionPlan.Deletion;
import dev.namespaces.core.delete.DeletionPlan.Kept;
import dev.namespaces.core.delete.DeletionPlan.PlannedNamespace;
import dev.namespaces.core.delete.DeletionPlan.Reason;
import dev.namespaces.core.delete.DeletionPlan.Row;
import dev.namespaces.core.delete.DeletionPlan.Serial;
import dev.namespaces.core.delete.DeletionPlan.Unreachable;
import dev.namespaces.error.InvalidTextException;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import dev.namespaces.model.NamespaceId;
import dev.namespaces.model.Target;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DeletionPlanJsonTest {

    private static final ClusterId EU = new ClusterId("eu-1");
    private static final PlannedNamespace WEB = new PlannedNamespace(
            new NamespaceId("ns-1"), new EnvironmentId("shop-dev"), "shop-web", Long.MAX_VALUE, Row.LIVE);
    private static final DeletionPlan PLAN = plan("ada", Reason.SHARED);

    private static DeletionPlan plan(String requestedBy, Reason reason) {
        return new DeletionPlan(
                DeletionPlan.FORMAT,
                List.of(WEB),
                List.of(new Deletion(WEB, EU, "uid-1")),
                List.of(new Kept(WEB, new ClusterId("us-1"), reason)),
                List.of(new Unreachable(new ClusterId("ap-1"), "no route \u202e to \"host\"", true)),
                List.of(new Serial(new Target(WEB.environmentId(), EU), 7)),
                requestedBy,
                Instant.parse("2026-05-06T07:08:09.123456Z"));
    }

    @Test
    void the_json_form_is_stable() {
        assertThat(PLAN.toJson()).isEqualToNormalizingNewlines("""
                {
                  "format" : 1,
                  "namespaces" : [ {
                    "id" : "ns-1",
                    "environmentId" : "shop-dev",
                    "name" : "shop-web",
                    "version" : 9223372036854775807,
                    "row" : "LIVE"
                  } ],
                  "deletions" : [ {
                    "namespace" : {
                      "id" : "ns-1",
                      "environmentId" : "shop-dev",
                      "name" : "shop-web",
                      "version" : 9223372036854775807,
                      "row" : "LIVE"
                    },
                    "cluster" : "eu-1",
                    "uid" : "uid-1"
                  } ],
                  "kept" : [ {
                    "namespace" : {
                      "id" : "ns-1",
                      "environmentId" : "shop-dev",
                      "name" : "shop-web",
                      "version" : 9223372036854775807,
                      "row" : "LIVE"
                    },
                    "cluster" : "us-1",
                    "reason" : "SHARED"
                  } ],
                  "unreachable" : [ {
                    "cluster" : "ap-1",
                    "cause" : "no route \\u202E to \\"host\\"",
                    "retryable" : true
                  } ],
                  "serials" : [ {
                    "target" : {
                      "environmentId" : "shop-dev",
                      "clusterId" : "eu-1"
                    },
                    "serial" : 7
                  } ],
                  "requestedBy" : "ada",
                  "expiresAt" : "2026-05-06T07:08:09.123456Z"
                }""");
    }

    @ParameterizedTest
    @EnumSource
    void a_plan_is_equal_after_it_is_written_and_read(Reason reason) {
        assertThat(DeletionPlan.fromJson(plan("ada", reason).toJson())).isEqualTo(plan("ada", reason));
    }

    @Test
    void a_plan_without_a_requester_is_equal_after_it_is_written_and_read() {
        assertThat(DeletionPlan.fromJson(plan(null, Reason.ABSENT).toJson())).isEqualTo(plan(null, Reason.ABSENT));
    }

    @Test
    void a_plan_of_another_format_is_refused_before_its_fields_are_read() {
        assertThatThrownBy(() -> DeletionPlan.fromJson("{\"format\": 2, \"steps\": []}"))
                .isInstanceOf(InvalidTextException.class)
                .hasMessageContaining("format of a deletion plan '2' must be 1; plan again");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"uid\" : \"uid-1\"               | \"uid\" : null                       | deletions[0]",
                "\"uid\" : \"uid-1\"               | \"uid\" : \"uid-1\", \"force\" : true | deletions[0].force",
                "\"uid\" : \"uid-1\"               | \"uid\" : \"uid-1\", \"uid\" : \"x\"  | uid",
                "\"serial\" : 7                    | \"serial\" : \"7\"                     | serials[0].serial",
                "\"serial\" : 7                    | \"serial\" : null                    | serials[0].serial",
                "\"serial\" : 7                    | \"serial\" : 7.5                     | serials[0].serial",
                "\"clusterId\" : \"eu-1\"          | \"clusterId\" : \"EU 1\"               | serials[0].target.clusterId",
                "\"clusterId\" : \"eu-1\"          | \"clusterId\" : [\"eu-1\"]             | serials[0].target.clusterId",
                "\"reason\" : \"SHARED\"           | \"reason\" : \"BORED\"                 | kept[0].reason",
                "\"reason\" : \"SHARED\"           | \"reason\" : 1                       | kept[0].reason",
                "2026-05-06T07:08:09.123456Z     | yesterday                           | expiresAt",
                "\"format\" : 1                    | \"format\" : null                    | format",
                "\"format\" : 1,                   | ``                                  | format",
                "\"requestedBy\" : \"ada\"         | \"requestedBy\" : {}                   | requestedBy",
            })
    void a_plan_with_a_bad_field_is_refused_and_the_field_is_named(String good, String bad, String path) {
        String json = PLAN.toJson().replace(good, bad);

        assertThat(json).isNotEqualTo(PLAN.toJson());
        assertThatThrownBy(() -> DeletionPlan.fromJson(json))
                .isInstanceOf(InvalidTextException.class)
                .hasMessageContaining(path);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {"``", "null", "[]", "7", "{}", "{", "\"plan\"", "{} {}", "not json"})
    void text_that_is_not_a_plan_is_refused(String json) {
        assertThatThrownBy(() -> DeletionPlan.fromJson(json)).isInstanceOf(InvalidTextException.class);
    }
}
