package dev.namespaces.egress.check;

import dev.namespaces.egress.check.PolicyCheck.Severity;
import java.util.List;

/**
 * What was found in a policy manifest.
 *
 * @param findings in the order of the manifest
 */
public record PolicyVerdict(List<PolicyFinding> findings) {

    public PolicyVerdict {
        findings = List.copyOf(findings);
    }

    /** What it comes to. */
    public Outcome outcome() {
        if (!errors().isEmpty()) {
            return Outcome.INVALID;
        }
        return findings(Severity.NOT_CHECKED).isEmpty() ? Outcome.VALID : Outcome.NOT_CHECKED;
    }

    /** What makes it invalid. */
    public List<PolicyFinding> errors() {
        return findings(Severity.ERROR);
    }

    /** What is accepted but ignored, or means another thing than it seems to. */
    public List<PolicyFinding> warnings() {
        return findings(Severity.WARNING);
    }

    /** What was not looked at. */
    public List<PolicyFinding> notChecked() {
        return findings(Severity.NOT_CHECKED);
    }

    private List<PolicyFinding> findings(Severity severity) {
        return findings.stream()
                .filter(finding -> finding.check().severity() == severity)
                .toList();
    }

    /** What a verdict comes to. */
    public enum Outcome {
        /** All of it was looked at, and it is accepted. There may be warnings. */
        VALID,
        /** It is rejected. */
        INVALID,
        /** Nothing wrong was found, but not all of it was looked at. */
        NOT_CHECKED
    }
}
