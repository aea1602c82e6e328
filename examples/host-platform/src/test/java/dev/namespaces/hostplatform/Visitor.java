package dev.namespaces.hostplatform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.web.util.HtmlUtils;

/** A person with a plain HTTP client, who sends only forms that are on a page. */
final class Visitor {

    private static final Pattern FORM = Pattern.compile("<form [^>]*action=\"([^\"]*)\".*?</form>", Pattern.DOTALL);
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"");

    private final HttpClient client =
            HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();
    private final Platform platform;

    Visitor(Platform platform) {
        this.platform = platform;
    }

    /** An answer of the platform. */
    record Page(int status, String html, String path) {

        /** Returns the text that a person reads. */
        String text() {
            return HtmlUtils.htmlUnescape(html.replaceAll("<[^>]*>", " ")).replaceAll("\\s+", " ");
        }

        private Map<String, String> hiddenFieldsOf(String action) {
            String form = FORM.matcher(html)
                    .results()
                    .filter(each -> each.group(1).equals(action))
                    .map(MatchResult::group)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("No form for " + action + " on the page: " + text()));
            Map<String, String> fields = new LinkedHashMap<>();
            HIDDEN.matcher(form).results().forEach(field -> fields.put(field.group(1), field.group(2)));
            return fields;
        }
    }

    Page open(String path) {
        return send(request(path).GET());
    }

    /** Sends the form of the page, with the values of these fields: a name, its value, the next name, and so on. */
    Page submit(Page page, String action, String... fields) {
        return post(action, "same-origin", page.hiddenFieldsOf(action), fields);
    }

    /**
     * Sends a form that is on a page of another site, or that somebody has forged.
     *
     * @param site what the browser says about the site, or its origin if the browser says nothing else
     */
    Page submitForged(String site, String action, String... fields) {
        return post(action, site, new LinkedHashMap<>(), fields);
    }

    private Page post(String action, String site, Map<String, String> values, String... fields) {
        for (int i = 0; i < fields.length; i += 2) {
            values.put(fields[i], fields[i + 1]);
        }
        String body = values.entrySet().stream()
                .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                .collect(Collectors.joining("&"));
        return send(request(action)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header(site.startsWith("http") ? "Origin" : "Sec-Fetch-Site", site)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    Page submit(String path, String action, String... fields) {
        return submit(open(path), action, fields);
    }

    /** Deploys an environment, and returns the page of the ended deployment. */
    Page deploy(String environment) {
        String path = "/environments/" + environment;
        submit(path, path + "/deployment");
        return awaitEnd(environment);
    }

    /** Plans the deletion of an environment, and returns the page of the plan. */
    Page plan(String environment, String user) {
        String path = "/environments/" + environment;
        return submit(path, path + "/deletion-plans", "user", user);
    }

    Page approve(Page plan, String user) {
        return submit(plan, plan.path() + "/approval", "user", user);
    }

    Page preview(String project, String mode) {
        String path = "/projects/" + project + "/policy";
        return submit(path, path, "mode", mode, "preview", "1");
    }

    Page save(Page policy, String mode) {
        return submit(policy, policy.path(), "mode", mode, "save", "1");
    }

    Page awaitEnd(String environment) {
        return await().atMost(Duration.ofMinutes(1))
                .until(
                        () -> open("/environments/" + environment + "/deployment"),
                        page -> page.text().contains("It has ended"));
    }

    /** Asks as a program does, for an answer of this media type. */
    HttpResponse<String> request(String path, String type) {
        return answer(HttpRequest.newBuilder(URI.create(platform.url(path))).header("Accept", type));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(platform.url(path))).header("Accept", "text/html");
    }

    private Page send(HttpRequest.Builder request) {
        HttpResponse<String> answer = answer(request);
        Page page = new Page(answer.statusCode(), answer.body(), answer.uri().getPath());
        assertThat(page.html()).as("every page has the platform's layout").contains("aria-label=\"Platform\"");
        return page;
    }

    private HttpResponse<String> answer(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
