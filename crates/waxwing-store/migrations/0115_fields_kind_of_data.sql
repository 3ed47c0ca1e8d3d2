-- What a field is to the people it is about, once somebody said so. NULL: nobody did yet, and what its key, form and class
-- suggest holds as a guess and is shown as one. Fields that every workspace has are known without it.
ALTER TABLE fields ADD COLUMN kind_of_data TEXT;
