-- 0023_create_site_identity: the signing keys of sites, the members that came by their signed word, and the words that were used.
-- Why: a site says who its visitor is. Locks: nothing that exists. Back: DROP TABLE site_jti, site_member, site_secret.
CREATE TABLE IF NOT EXISTS site_secret (
  secret_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  site_id INT NOT NULL,
  kid VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'as the site has it: an HMAC is made anew to be compared',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_site_secret_kid (site_id, kid),
  CONSTRAINT fk_site_secret_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS site_member (
  member_id BIGINT NOT NULL PRIMARY KEY,
  site_id INT NOT NULL,
  subject VARBINARY(255) NOT NULL COMMENT 'sub of the JWT, byte by byte',
  cdate DATETIME(3) NOT NULL,
  UNIQUE KEY uq_site_member_subject (site_id, subject),
  CONSTRAINT fk_site_member_member FOREIGN KEY (member_id) REFERENCES member (member_id),
  CONSTRAINT fk_site_member_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS site_jti (
  site_id INT NOT NULL,
  jti_hash BINARY(32) NOT NULL,
  expires DATETIME(3) NOT NULL COMMENT 'of the JWT: then it is refused anyway',
  PRIMARY KEY (site_id, jti_hash),
  KEY idx_site_jti_expires (expires),
  CONSTRAINT fk_site_jti_site FOREIGN KEY (site_id) REFERENCES site (site_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
