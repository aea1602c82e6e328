package dev.namespaces.hostplatform;

import dev.namespaces.core.NamespaceLifecycle;
import dev.namespaces.core.delete.DeletionIncompleteException;
import dev.namespaces.core.delete.DeletionPlan;
import dev.namespaces.core.delete.DeletionReport;
import dev.namespaces.core.delete.Orphan;
import dev.namespaces.core.delete.PlanOptions;
import dev.namespaces.model.ClusterId;
import dev.namespaces.model.EnvironmentId;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
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
record DeletionPages(
        JdbcClient database,
        NamespaceLifecycle lifecycle,
        @Value("${platform.deletion-wait}") Duration waiting) {

    /**
     * A plan in the database. The approver is empty until somebody approves it, the result until it was carried out.
     */
    record Stored(long number, String plan, String approvedBy, String result) {
        public DeletionPlan value() {
            return DeletionPlan.fromJson(plan);
        }
    }

    @PostMapping("/environments/{id}/deletion-plans")
    String plan(@PathVariable String id, @RequestParam String user) {
        return stored(lifecycle.planDeletion(
                new EnvironmentId(id), PlanOptions.defaults().withRequestedBy(new Person(user).name())));
    }

    @PostMapping("/clusters/{cluster}/deletion-plans")
    String planOrphans(@PathVariable String cluster, @RequestParam String user) {
        return stored(lifecycle.planOrphanDeletion(
                lifecycle.findOrphans(new ClusterId(cluster)).stream()
                        .filter(Orphan::canBePlanned)
                        .toList(),
                PlanOptions.defaults().withRequestedBy(new Person(user).name())));
    }

    private String stored(DeletionPlan plan) {
        GeneratedKeyHolder key = new GeneratedKeyHolder();
        database.sql("INSERT INTO deletion_plan (plan) VALUES (:plan)")
                .param("plan", plan.toJson())
                .update(key, "number");
        return "redirect:/deletion-plans/" + key.getKey();
    }

    @GetMapping("/deletion-plans")
    String all(Model model) {
        model.addAttribute("plans", select("ORDER BY number DESC").list());
        return "deletion-plans";
    }

    @GetMapping("/deletion-plans/{number}")
    String one(@PathVariable long number, Model model) {
        model.addAttribute("stored", find(number));
        return "deletion-plan";
    }

    @PostMapping("/deletion-plans/{number}/approval")
    String approve(@PathVariable long number, @RequestParam String user) {
        DeletionPlan plan = find(number).value();
        Person approver = new Person(user);
        if (approver.isAlso(plan.requestedBy())) {
            throw new ResponseStatusException(
                    HttpStatus.FORBIDDEN, "Another person than " + user + ", who made the plan, must approve it");
        }
        database.sql("UPDATE deletion_plan SET approved_by = ? WHERE number = ? AND approved_by = ''")
                .params(approver.name(), number)
                .update();
        DeletionReport report = delete(plan);
        database.sql("UPDATE deletion_plan SET result = ? WHERE number = ?")
                .params(report.toString(), number)
                .update();
        return "redirect:/deletion-plans/" + number;
    }

    /** Returns the report, also that of an incomplete deletion: namespaces of real clusters need time to end. */
    private DeletionReport delete(DeletionPlan plan) {
        try {
            return lifecycle.delete(plan, waiting);
        } catch (DeletionIncompleteException e) {
            return e.report();
        }
    }

    private Stored find(long number) {
        return select("WHERE number = ?", number)
                .optional()
                .orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no plan " + number));
    }

    private JdbcClient.MappedQuerySpec<Stored> select(String which, Object... parameters) {
        return database.sql("SELECT number, plan, approved_by, result FROM deletion_plan " + which)
                .params(parameters)
                .query(Stored.class);
    }
}
