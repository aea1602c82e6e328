package dev.namespaces.core.deploy;

import dev.namespaces.model.ResourceRef;
import java.io.Serializable;
import java.util.Objects;

/**
 * What a deployment did to one object of a namespace.
 *
 * @param resource the object: the Namespace itself, or its egress policy
 * @param effect what the deployment did
 */
public record DeployedObject(ResourceRef resource, Effect effect) implements Serializable {

    public DeployedObject {
        Objects.requireNonNull(resource, "resource");
        Objects.requireNonNull(effect, "effect");
    }

    /** What a deployment did to an object. */
    public enum Effect {
        /** It did not exist, and the deployment created it. */
        CREATED,
        /** The deployment changed it. */
        CHANGED,
        /** It was as desired; its version is the same. */
        UNCHANGED,
        /** The deployment deleted it, because an object of another kind has taken its place. */
        DELETED
    }
}
