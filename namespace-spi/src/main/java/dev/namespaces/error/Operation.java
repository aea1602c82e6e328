package dev.namespaces.error;

/**
 * Says what was being done when it failed. The library, its adapters, and the ports of a host share these constants, so
 * that a host can tell failures apart without reading messages.
 */
public enum Operation {

    // What a host asks the library for.

    /** Creating namespaces in the store. */
    CREATE_NAMESPACES("create", "create namespaces"),
    /** Updating a stored namespace. */
    UPDATE("update", "update a namespace"),
    /** Applying one object to a cluster, or one stored namespace to all of its clusters. */
    APPLY("apply", "apply"),
    /** Replacing a namespace on a cluster, which has to exist there. */
    REPLACE("replace", "replace a namespace"),
    /** Deploying an environment. */
    DEPLOY("deploy", "deploy"),
    /** Deploying all environments, or a filtered part of them. */
    DEPLOY_ALL("deploy", "deploy all environments"),
    /** Saying what a deployment would do. */
    PLAN_DEPLOYMENT("plan the deployment of", "plan a deployment"),
    /** Creating a namespace on a cluster if it is absent. */
    ENSURE("ensure", "ensure a namespace"),
    /** Ensuring that all environments are deployed, or a filtered part of them. */
    ENSURE_ALL("ensure", "ensure all environments"),
    /** Deploying the environment of a namespace before anything else is applied in it. */
    INITIALIZE("initialize", "initialize a namespace"),
    /** Finding out which egress policy applies. */
    RESOLVE_POLICY("resolve the egress policy of", "resolve the egress policy"),
    /** Finding out in which dialect the egress policies of a cluster are written. */
    CHOOSE_DIALECT("choose the policy dialect of", "choose the policy dialect"),
    /** Writing the manifests of a namespace. */
    RENDER("render", "render manifests"),
    /** Saying what a deletion would delete. */
    PLAN_DELETION("plan the deletion of", "plan a deletion"),
    /** Deleting what a plan says. */
    DELETE_NAMESPACES("delete", "delete namespaces"),
    /** Waiting until a deleted namespace is gone. */
    AWAIT_DELETION("wait for the deletion of", "wait for a deletion"),
    /** Taking a namespace that we did not create under management. */
    ADOPT("adopt", "adopt a namespace"),
    /** Giving an adopted namespace back. */
    RELEASE("release", "release a namespace"),
    /** Taking over a namespace of another environment. */
    TAKE_OVER("take over", "take over a namespace"),
    /** Forgetting what was deployed to a target. */
    FORGET_RECORD("forget the deployment record of", "forget a deployment record"),
    /** Taking the lock of a target. */
    LOCK("lock", "take the deployment lock"),
    /** Reading text that a person or a file has supplied. */
    PARSE("parse", "parse the given text"),

    // What a gateway does on a cluster, next to APPLY.

    /** Creating an object on a cluster. */
    CREATE("create", "create an object"),
    /** Finding one object on a cluster, or one entry in a store. */
    FIND("find", "find"),
    /** Listing objects on a cluster, or entries in a store. */
    LIST("list", "list"),
    /** Deleting an object on a cluster. */
    DELETE("delete", "delete an object"),
    /** Finding out which kinds a cluster serves. */
    DISCOVER("discover", "look up a kind"),
    /** Finding out what our user may do on a cluster. */
    REVIEW_ACCESS("review the access to", "review access"),

    // What a store does, next to UPDATE, FIND and LIST.

    /** Inserting namespaces. */
    INSERT("insert", "insert namespaces"),
    /** Finding stored namespaces. */
    FIND_NAMESPACES("find", "find namespaces"),
    /** Finding environments. */
    FIND_ENVIRONMENTS("find", "find environments"),
    /** Listing the ids of all environments. */
    LIST_ENVIRONMENTS("list", "list environments"),
    /** Finding egress policies. */
    FIND_EGRESS_POLICIES("find", "find egress policies"),
    /** Finding what was deployed where. */
    FIND_DEPLOYMENTS("find", "find deployments"),
    /** Finding the records of objects on clusters. */
    FIND_TARGET_OBJECTS("find", "find target objects"),
    /** Saving an environment. */
    SAVE_ENVIRONMENT("save", "save an environment"),
    /** Saving an egress policy. */
    SAVE_EGRESS_POLICY("save", "save an egress policy"),
    /** Marking a namespace, an environment or an egress policy as deleted. */
    SOFT_DELETE("soft-delete", "soft-delete a stored object"),
    /** Recording that a deployment begins. */
    BEGIN("begin the deployment of", "begin a deployment"),
    /** Recording which objects of a deployment were written. */
    SETTLE("settle the deployment of", "settle a deployment"),
    /** Recording that a deployment is complete. */
    COMPLETE("complete the deployment of", "complete a deployment"),
    /** Recording that a plan is carried out, so that nobody carries it out again. */
    CONSUME_PLAN("consume the plan of", "consume a plan"),
    /** Moving the record of an object to another environment. */
    MOVE("move the record of", "move a record"),
    /** Recording a namespace that an ensure has created. */
    RECORD_ENSURED("record the creation of", "record a creation"),
    /** Scheduling the deployment of a target. */
    SCHEDULE("schedule the deployment of", "schedule a deployment"),
    /** Finding the targets whose deployment has failed. */
    FIND_FAILED_TARGETS("find", "find failed targets"),
    /** Bringing the schema to the current version. */
    MIGRATE("migrate", "migrate the schema"),
    /** Reading the version of the schema. */
    CHECK_SCHEMA("check", "check the schema"),
    /** Finding out which database this is and how it is set up. */
    INSPECT_DATABASE("look at", "look at the database");

    private final String verb;
    private final String text;

    Operation(String verb, String text) {
        this.verb = verb;
        this.text = text;
    }

    /** Returns the words for messages that name no object, such as {@code find namespaces}. */
    public String text() {
        return text;
    }

    /** Returns the words for messages that name the object next, such as {@code find}. */
    String verb() {
        return verb;
    }
}
