package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.server.ResponseStatusException;

/** Deletions: one person plans, another one approves. A plan is in the database, so it outlives the process. */
@Controller
record DeletionPages(JdbcClient database, NamespaceLifecycle lifecycle) {

    private static final Duration WAIT = Duration.ofSeconds(10);

    @PostMapping("/environments/{id}/deletion-plans")
    String plan(@PathVariable String id, @RequestParam String user) {
        return stored(lifecycle.planDeletion(
                new EnvironmentId(id), PlanOptions.defaults().withRequestedBy(user)));
    }

    @PostMapping("/clusters/{cluster}/deletion-plans")
    String planOrphans(@PathVariable String cluster, @RequestParam String user) {
        return stored(lifecycle.planOrphanDeletion(
                lifecycle.findOrphans(new ClusterId(cluster)).stream()
                        .filter(Orphan::canBePlanned)
                        .toList(),
                PlanOptions.defaults().withRequestedBy(user)));
    }

    private String stored(DeletionPlan plan) {
        GeneratedKeyHolder key = new GeneratedKeyHolder();
        database.sql("INSERT INTO deletion_plan (plan) VALUES (:plan)")
                .param("plan", plan.toJson())
                .update(key, "number");
        return "redirect:/deletion-plans/" + key.getKey();
    }

    @GetMapping("/deletion-plans/{number}")
    String show(@PathVariable long number, Model model) {
        model.addAttribute("number", number);
        model.addAttribute("plan", find(number));
        return "deletion-plan";
    }

    @PostMapping("/deletion-plans/{number}/approval")
    String approve(@PathVariable long number, @RequestParam String user, Model model) {
        DeletionPlan plan = find(number);
        if (user.equals(plan.requestedBy())) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN, "Another person than " + user + ", who made the plan, must approve it");
        }
        model.addAttribute("report", lifecycle.delete(plan, WAIT));
        return show(number, model);
    }

    private DeletionPlan find(long number) {
        Optional<String> plan = database.sql("SELECT plan FROM deletion_plan WHERE number = :number")
                .param("number", number)
                .query(String.class)
                .optional();
        return DeletionPlan.fromJson(plan.orElseThrow(
                () -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no deletion plan " + number)));
    }
}
