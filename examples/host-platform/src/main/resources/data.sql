INSERT INTO environment (id, organization, project, stage, clusters, rank_no)
SELECT 'shop-dev', 'acme', 'shop', 'dev', 'eu-1', 1 WHERE NOT EXISTS (SELECT 1 FROM environment WHERE id = 'shop-dev');
INSERT INTO environment (id, organization, project, stage, clusters, rank_no)
SELECT 'shop-prod', 'acme', 'shop', 'prod', 'eu-1,us-1', 2 WHERE NOT EXISTS (SELECT 1 FROM environment WHERE id = 'shop-prod');
INSERT INTO environment (id, organization, project, stage, clusters, rank_no)
SELECT 'search-dev', 'acme', 'search', 'dev', 'us-1', 1 WHERE NOT EXISTS (SELECT 1 FROM environment WHERE id = 'search-dev');
