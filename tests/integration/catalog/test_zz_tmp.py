import json
def test_x(api):
    S="webhooks:write"
    print(api("PUT","/v1/webhook-endpoints/e1",{"url":"https://example.com/x","channels":["web"]},scopes=S))
    print(api("GET","/v1/webhook-endpoints/e1",scopes=S))
    print(api("PUT","/v1/webhook-endpoints/e1",{"url":"http://example.com/x","channels":["web"]},scopes=S))
    print(api("PUT","/v1/webhook-endpoints/e1",{"url":"https://example.com/x","channels":["shop"]},scopes=S))
