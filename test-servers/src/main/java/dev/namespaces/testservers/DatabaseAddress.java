package dev.namespaces.testservers;

/**
 * Where a database is, and who may do everything in it.
 *
 * @param jdbcUrl without user and password
 * @param user the owner of the database
 * @param password the owner's password, possibly empty
 */
public record DatabaseAddress(String jdbcUrl, String user, String password) {}
