package dev.namespaces.fabric8;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** Vert.x's event loops, if Vert.x is present: none of the HTTP clients is a dependency of this module. */
final class EventLoops {

    private static final @Nullable MethodHandle IS_ON_EVENT_LOOP = find();

    private EventLoops() {}

    static boolean isCurrentThreadOne() {
        MethodHandle method = IS_ON_EVENT_LOOP;
        if (method == null) {
            return false;
        }
        try {
            return (boolean) method.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable MethodHandle find() {
        try {
            Class<?> context = Class.forName("io.vertx.core.Context", false, EventLoops.class.getClassLoader());
            return MethodHandles.publicLookup()
                    .findStatic(context, "isOnEventLoopThread", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            return null;
        }
    }
}
