"""The customers that the phone page offers. Made up; the numbers are reserved for fiction or unused."""

from sandbox.graph_api.webhooks import Customer

PEOPLE = (
    Customer(phone="6281234567001", user_id="ID.7411209655302741001", name="Sari Wulandari"),
    Customer(phone="6281234567002", user_id="ID.7411209655302741002", name="Budi Santoso"),
    Customer(user_id="ID.7411209655302741003", name="Ayu Lestari", username="ayu.lestari"),
    Customer(phone="447700900123", user_id="GB.5311209655302741004", name="Emma Clarke"),
    Customer(phone="447700900456", name="James Patel"),
    Customer(user_id="GB.5311209655302741006", name="Rosa Kemp", username="rosa.kemp"),
)
