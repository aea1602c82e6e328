package dev.namespaces.egress.effective;

import dev.namespaces.model.Shown;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The pods of its own namespace that a policy is for: those that meet every requirement.
 *
 * @param requirements none for every pod
 */
public record PolicySubject(List<Requirement> requirements) {

    /** Every pod of the namespace. */
    public static final PolicySubject EVERY_POD = new PolicySubject(List.of());

    public PolicySubject {
        requirements = List.copyOf(requirements);
    }

    /** Returns whether the policy is for every pod of its namespace. */
    public boolean isEveryPod() {
        return requirements.isEmpty();
    }

    /** Returns whether the policy is for a pod with these labels. */
    public boolean selects(Map<String, String> labels) {
        return requirements.stream().allMatch(requirement -> requirement.isMetBy(labels));
    }

    /** Returns text such as {@code pods with app=web and tier in (front, back)}, or {@code every pod}. */
    @Override
    public String toString() {
        return isEveryPod()
                ? "every pod"
                : "pods with "
                        + String.join(
                                " and ",
                                Shown.sentences(requirements.stream()
                                        .map(Requirement::toString)
                                        .toList()));
    }

    /** How the label of a pod is compared. */
    public enum Operator {
        /** The pod has the label, with one of the values. */
        IN,
        /** The pod does not have the label with one of the values. */
        NOT_IN,
        /** The pod has the label. */
        EXISTS,
        /** The pod does not have the label. */
        DOES_NOT_EXIST
    }

    /**
     * What a pod's label must be.
     *
     * @param key the key of the label
     * @param operator how the label is compared
     * @param values with what, for {@link Operator#IN} and {@link Operator#NOT_IN}
     */
    public record Requirement(String key, Operator operator, List<String> values) {
        public Requirement {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(operator, "operator");
            values = List.copyOf(values);
        }

        boolean isMetBy(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }

        /** Returns text such as {@code app=web}, {@code tier not in (front, back)} or {@code team exists}. */
        @Override
        public String toString() {
            String shown = Shown.name(key);
            String bracketed = Shown.list(values);
            String list = "(" + bracketed.substring(1, bracketed.length() - 1) + ")";
            return switch (operator) {
                case IN -> values.size() == 1 ? shown + "=" + Shown.name(values.get(0)) : shown + " in " + list;
                case NOT_IN -> shown + " not in " + list;
                case EXISTS -> shown + " exists";
                case DOES_NOT_EXIST -> shown + " does not exist";
            };
        }
    }
}
