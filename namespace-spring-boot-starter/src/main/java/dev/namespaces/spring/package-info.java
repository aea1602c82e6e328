/** Auto-configuration for Spring Boot: stores, gateway, lifecycle, shutdown, health, endpoint, errors. */
@NullMarked
package dev.namespaces.spring;

import org.jspecify.annotations.NullMarked;
