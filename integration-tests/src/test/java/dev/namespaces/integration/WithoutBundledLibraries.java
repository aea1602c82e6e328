package dev.namespaces.integration;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;

/** Leaves out libraries of others that our jars bundle in our own packages. */
final class WithoutBundledLibraries implements ImportOption {

    @Override
    public boolean includes(Location location) {
        return !location.contains("/dev/namespaces/jdbc/bundled/");
    }
}
