//! The OpenAPI document, and whether answers are what it says.

use switchboard::compat::phone_systems::operations;

#[test]
fn the_document_holds_every_operation_and_no_other() {
    let document = serde_json::to_value(switchboard::compat::phone_systems::openapi()).unwrap();
    let mut told = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "put") {
            let Some(id) = operation["operationId"].as_str() else {
                // A write of what is fixed is described as one that is always refused.
                assert!(
                    operation["responses"].as_object().unwrap().keys().all(|status| status.as_str() >= "400"),
                    "{path}"
                );
                continue;
            };
            let listed = operations().iter().find(|one| one.id == id).unwrap_or_else(|| panic!("{id}"));
            assert_eq!((listed.path, listed.method), (&**path, &*method.to_uppercase()));
            told += 1;
        }
    }
    assert_eq!(told, operations().len());
    assert_eq!(told, 72);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = serde_json::to_value(switchboard::compat::phone_systems::openapi()).unwrap();
    let whole = document.to_string();
    for reference in whole.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
