package dev.namespaces.fabric8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.namespaces.error.ClusterFailureException;
import dev.namespaces.error.ListExpiredException;
import dev.namespaces.spi.ListQuery;
import dev.namespaces.spi.ObjectPage;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One page of a list. */
final class Listing {

    private final Session session;
    private final ResourceType type;
    private final ListQuery query;

    Listing(Session session, ResourceType type, ListQuery query) {
        this.session = session;
        this.type = type;
        this.query = query;
    }

    /** Reads the page. A page that is too long is asked for again with half as many objects. */
    ObjectPage run() {
        int limit = query.limit();
        while (true) {
            try {
                return page(session.send(request(limit)));
            } catch (ClusterFailureException e) {
                if (!(e.getCause() instanceof AnswerTooLongException) || limit == 1) {
                    throw e;
                }
                limit /= 2;
            }
        }
    }

    /** A request without a resource version is a consistent read, and not one from a cache that may lag behind. */
    private ApiRequest request(int limit) {
        StringBuilder path =
                new StringBuilder(type.listPath()).append("?limit=").append(limit);
        if (!query.labels().isEmpty()) {
            String selector = query.labels().entrySet().stream()
                    .map(label -> label.getKey() + "=" + label.getValue())
                    .collect(Collectors.joining(","));
            path.append("&labelSelector=").append(ResourceType.segment(selector));
        }
        if (query.continueToken() != null) {
            path.append("&continue=").append(ResourceType.segment(query.continueToken()));
        }
        int longestAnswer = limit == 1 ? ApiRequest.LONGEST_OBJECT : ApiRequest.LONGEST_PAGE;
        return ApiRequest.list(path.toString(), type.qualifiedName(), longestAnswer);
    }

    private ObjectPage page(ApiAnswer answer) {
        if (session.saysNotServed(answer, type)) {
            return ObjectPage.empty();
        }
        if (answer.status() == 410 && answer.isStatus()) {
            throw new ListExpiredException(session.call().context(), null);
        }
        if (!answer.isSuccess()) {
            throw session.readFailure(answer, "list", type);
        }
        JsonNode items = answer.body().path("items");
        JsonNode next = answer.body().path("metadata").path("continue");
        if (answer.isStatus() || !(items.isArray() || items.isNull()) || !(next.isTextual() || next.isMissingNode())) {
            throw Failures.notFromKubernetes(answer, session.call());
        }
        List<HasMetadata> objects = new ArrayList<>();
        for (JsonNode item : items) {
            if (!LiveObject.isItem(item, type)) {
                throw Failures.notFromKubernetes(answer, session.call());
            }
            // Items of the API server's own kinds come without.
            ((ObjectNode) item).put("apiVersion", type.apiVersion()).put("kind", type.kind());
            objects.add(session.model(item));
        }
        return new ObjectPage(objects, next.asText("").isEmpty() ? null : next.asText());
    }
}
