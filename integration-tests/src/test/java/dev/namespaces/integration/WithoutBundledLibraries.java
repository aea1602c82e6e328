package dev.namespaces.integration;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;

/** Leaves out libraries of others that our jars bundle under names of ours. */
final class WithoutBundledLibraries implements ImportOption {

    @Override
    public boolean includes(Location location) {
        return !location.contains("/dev/namespaces/jdbc/bundled/");
    }
}
